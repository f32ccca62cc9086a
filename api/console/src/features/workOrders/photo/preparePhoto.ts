/** A photo made fit to be sent: small enough for a bad line, and without where it was taken. */
import { sha256 } from "./sha256";
import type { Photo } from "../offline/outbox";

const LONGEST_PX = 1600;
const QUALITY = 0.85;

/**
 * Shrink to at most 1600 px and write anew as JPEG, which drops the camera's own data.
 *
 * Rejects where the file is no picture that this browser can read.
 */
export async function photoOf(file: Blob): Promise<Photo> {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!picture) throw new Error("The picture could not be written.");
  return { sha256: await sha256(new Uint8Array(await picture.arrayBuffer())), picture };
}
