/** One job on its way to the centre: photos first, then the word that names them. */
import { accept, giveBack, putEvidence, report, start } from "../../../api/endpoints";
import type { Job } from "./outbox";

/** Send a job whole; every part of it may be repeated without harm. */
export async function send({ key, order, version, said }: Job): Promise<void> {
  switch (said.action) {
    case "accept":
      await accept(order, { version }, key);
      break;
    case "start":
      await start(order, { version, location: said.location }, key);
      break;
    case "return":
      await giveBack(order, { version, reason: said.reason }, key);
      break;
    case "report": {
      for (const { sha256, picture } of said.photos) await putEvidence(sha256, picture);
      const photos = said.photos.map(({ sha256 }) => sha256);
      await report(order, { version, note: said.note, photos, found: said.found }, key);
    }
  }
}
