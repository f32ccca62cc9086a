/** Names for things said once. */

/** A name nobody else gives: sorts by time, fits an `Idempotency-Key`. `randomUUID` needs https. */
export function newKey(): string {
  const chance = crypto.getRandomValues(new Uint32Array(3));
  return `${Date.now()}-${Array.from(chance, (part) => part.toString(36)).join("")}`;
}
