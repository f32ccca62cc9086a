/** Times of the next day for which one asks who can be reached. */

const STEP_HOURS = 3;
const STEPS = 8;
const HOUR_MS = 3600_000;

/** Return the next eight times at 0, 3, 6 … 21 o'clock of the local time, in ISO 8601. */
export function hoursAhead(now: Date): string[] {
  const next = new Date(now);
  next.setHours(now.getHours() - (now.getHours() % STEP_HOURS) + STEP_HOURS, 0, 0, 0);
  return Array.from({ length: STEPS }, (_, n) => new Date(next.getTime() + n * STEP_HOURS * HOUR_MS).toISOString());
}
