/** Return the time some months of 30 days from now. */
export function monthsFrom(now: Date, months: number): string {
  return new Date(now.getTime() + months * 30 * 86_400_000).toISOString();
}
