/** Which calls a worker has silenced: each for a minute, and never the next call of the same order. */
import type { WorkOrder } from "../../api/types";

/** Shorter than the time to accept a critical order, so that it rings again before others are called. */
export const SILENCE_MS = 60_000;

/** The time at which the silence of each call ends. */
export type SilencedCalls = ReadonlyMap<string, number>;

/** Return the call of an order: a higher level of the incident, or of the escalation, is another call. */
export const callOf = (order: Pick<WorkOrder, "id" | "step"> & { incident: Pick<WorkOrder["incident"], "level"> }) =>
  `${order.id} ${order.step} ${order.incident.level}`;

/** Silence calls from now on; those that are silenced already keep their end. */
export const silenceCalls = (silenced: SilencedCalls, calls: string[], now: number): SilencedCalls =>
  new Map(calls.map((call) => [call, silenced.get(call) ?? now + SILENCE_MS]));

/** Keep the calls whose silence has not ended. */
export const withoutEnded = (silenced: SilencedCalls, now: number): SilencedCalls =>
  new Map([...silenced].filter(([, end]) => end > now));
