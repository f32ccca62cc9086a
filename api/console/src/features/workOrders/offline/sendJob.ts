import {
  acceptWorkOrder,
  reportWorkOrder,
  returnWorkOrder,
  startWorkOrder,
  uploadEvidence,
} from "../../../api/endpoints";
import type { Job } from "./outbox";

/** Send a job: first its photos, then the action. All requests can be repeated. */
export async function sendJob({ key, order, version, action }: Job): Promise<void> {
  switch (action.action) {
    case "accept":
      await acceptWorkOrder(order, { version }, key);
      break;
    case "start":
      await startWorkOrder(order, { version, location: action.location }, key);
      break;
    case "return":
      await returnWorkOrder(order, { version, reason: action.reason }, key);
      break;
    case "report": {
      for (const { sha256, picture } of action.photos) await uploadEvidence(sha256, picture);
      const photos = action.photos.map(({ sha256 }) => sha256);
      await reportWorkOrder(order, { version, note: action.note, photos, found: action.found }, key);
    }
  }
}
