/** Make a photo small enough for a slow network, and remove its metadata. */
import type { Photo } from "../offline/outbox";
import { sha256 } from "./sha256";

const MAX_SIDE_PX = 1600;
const JPEG_QUALITY = 0.85;

/**
 * Scale a photo to at most 1600 px and encode it as JPEG, which drops all metadata such as the position.
 *
 * Rejects if the browser cannot decode the file.
 */
export async function preparePhoto(file: Blob): Promise<Photo> {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  if (!picture) throw new Error("The photo could not be encoded.");
  return { sha256: await sha256(new Uint8Array(await picture.arrayBuffer())), picture };
}
