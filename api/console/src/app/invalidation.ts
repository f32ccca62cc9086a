/** What the stream announces is asked for anew, a burst of announcements once. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";

import type { Change } from "../api/useEventStream";

/** Which answers a topic makes old. */
const OLD: Record<string, (object: string) => QueryKey[]> = {
  incident: (id) => [["incidents"], ["incident", id]],
  order: () => [["incidents"], ["incident"]],
  notification: () => [["incident"]],
  camera: () => [["cameras"], ["nodes"]],
  node: (name) => [["nodes"], ["alarms"], ["cameras"], ["commands", name], ["gaps", name]],
  quarantine: () => [["quarantine"]],
};

const BURST_MS = 250;
const pending = new Map<string, QueryKey>();
let timer: ReturnType<typeof setTimeout> | null = null;

/** Make the two things a stream asks for: renew what one change touches, or everything. */
export function renewer(queries: QueryClient) {
  const flush = (): void => {
    timer = null;
    for (const queryKey of pending.values()) void queries.invalidateQueries({ queryKey });
    pending.clear();
  };
  return {
    one: ({ topic, object }: Change): void => {
      for (const key of OLD[topic]?.(object) ?? []) pending.set(JSON.stringify(key), key);
      timer ??= setTimeout(flush, BURST_MS);
    },
    all: (): void => void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" }),
  };
}
