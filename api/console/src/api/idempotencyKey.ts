/** Idempotency keys: one for each action of the user, kept over all retries. */

/** Create a unique key that sorts by time. `crypto.randomUUID` is not available over plain http. */
export function createIdempotencyKey(): string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  return `${Date.now()}-${Array.from(random, (part) => part.toString(36)).join("")}`;
}
