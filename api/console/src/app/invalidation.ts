/** Which cached responses become stale when the event stream announces a change. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";

import { ACCOUNT_KEY } from "../api/queryClient";
import type { ChangeEvent } from "../api/useEventStream";

const STALE_KEYS: Record<string, (object: string) => QueryKey[]> = {
  incident: (id) => [["incidents"], ["incident", id]],
  order: () => [["incidents"], ["incident"]],
  notification: () => [["incident"]],
  camera: () => [["cameras"], ["nodes"]],
  node: (name) => [["nodes"], ["alarms"], ["cameras"], ["commands", name], ["gaps", name]],
  quarantine: () => [["quarantine"]],
  logged_out: () => [ACCOUNT_KEY],
};

/** Topics that say that events were lost. `anew` is the name in earlier versions. */
const RESYNC_TOPICS = ["resync", "anew"];

/** Events within this time cause one request per query, not one per event. */
const BATCH_MS = 250;

/**
 * Create the two handlers of an event stream: for one event, and for a new connection.
 *
 * A query is not asked for again before its last request has ended: a flood of events neither
 * restarts a long list over and over nor queues up requests.
 */
export function createInvalidator(queryClient: QueryClient) {
  const pending = new Map<string, QueryKey>();
  const running = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = (): void => {
    timer = null;
    for (const [name, queryKey] of pending) {
      if (running.has(name)) continue;
      pending.delete(name);
      running.add(name);
      void queryClient.invalidateQueries({ queryKey }).finally(() => {
        running.delete(name);
        if (pending.has(name)) schedule();
      });
    }
  };
  const schedule = (): void => {
    timer ??= setTimeout(flush, BATCH_MS);
  };
  const invalidateAll = (): void =>
    void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== ACCOUNT_KEY[0] });
  const invalidateFor = ({ topic, object }: ChangeEvent): void => {
    if (RESYNC_TOPICS.includes(topic)) invalidateAll();
    for (const key of STALE_KEYS[topic]?.(object) ?? []) pending.set(JSON.stringify(key), key);
    if (pending.size > 0) schedule();
  };
  return { invalidateFor, invalidateAll };
}
