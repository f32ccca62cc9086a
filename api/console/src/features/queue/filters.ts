/** What the queue shows. The address holds it, so that a link or a reload shows the same. Pure. */
import type { IncidentFilter } from "../../api/endpoints";

export const VIEWS = ["open", "review", "verify", "stored", "all"] as const;
export type View = (typeof VIEWS)[number];

/** Times that are offered; any other is a range, as `since~until` in local time, either side may be empty. */
export const TIMES = ["today", "yesterday", "24h"] as const;

/** The filters of the queue; empty means any. */
export interface QueueFilter {
  view: View;
  area: string;
  node: string;
  camera: string;
  scenario: string;
  state: string;
  time: string;
  /** A number of an incident, or a part of the name of a camera. */
  q: string;
}

const NO_FILTER: QueueFilter = { view: "open", area: "", node: "", camera: "", scenario: "", state: "", time: "", q: "" };
const NAMES = Object.keys(NO_FILTER) as (keyof QueueFilter)[];

/** Setting one of these looks among all incidents: it is asked for what has been, not for what is to be done. */
const AMONG_ALL: (keyof QueueFilter)[] = ["time", "q", "camera"];

const VIEW_QUERIES: Record<View, IncidentFilter> = {
  open: { view: "queue" },
  review: { view: "queue", awaiting: "review" },
  verify: { view: "queue", awaiting: "verification" },
  stored: { view: "stored" },
  all: { view: "all" },
};

export function parseFilter(search: URLSearchParams): QueueFilter {
  const entries = NAMES.map((name) => [name, search.get(name) ?? ""]);
  const view = VIEWS.find((known) => known === search.get("view")) ?? NO_FILTER.view;
  return { ...(Object.fromEntries(entries) as unknown as QueueFilter), view };
}

/** Write the filters that are set, for the address. */
export function toSearch(filter: Partial<QueueFilter>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([name, value]) => value && !(name === "view" && value === "open")));
}

/** Change filters. A view that selects by state itself drops the filter by state. */
export function changeFilter(filter: QueueFilter, change: Partial<QueueFilter>): QueueFilter {
  const changed = { ...filter, ...change };
  const looksAmongAll = AMONG_ALL.some((name) => change[name] && !filter[name]);
  if (looksAmongAll && !change.view) changed.view = "all";
  return hasStateFilter(changed.view) ? changed : { ...changed, state: "" };
}

export function hasStateFilter(view: View): boolean {
  return view === "open" || view === "all";
}

export function isFiltered(filter: QueueFilter): boolean {
  return NAMES.some((name) => name !== "view" && filter[name]);
}

/** Return the request of a filter. Days are those of the browser. */
export function toQuery({ view, area, node, camera, scenario, state, time, q }: QueueFilter, now: Date): IncidentFilter {
  const [since, until] = timeRange(time, now);
  return {
    ...VIEW_QUERIES[view],
    ...(area && { area }),
    ...(node && { node }),
    ...(camera && { camera }),
    ...(scenario && { scenario }),
    ...(state && { state: [state] as NonNullable<IncidentFilter["state"]> }),
    ...(q.trim() && { q: q.trim() }),
    ...(since && { since: since.toISOString() }),
    ...(until && { until: until.toISOString() }),
  };
}

const HOUR_MS = 3600 * 1000;

/** Return the first time of a filter and the time before which it ends; `null` for no limit. */
export function timeRange(time: string, now: Date): [Date | null, Date | null] {
  const midnight = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  if (time === "today") return [midnight(0), null];
  if (time === "yesterday") return [midnight(-1), midnight(0)];
  if (time === "24h") return [new Date(now.getTime() - 24 * HOUR_MS), null];
  const [since = "", until = ""] = time.split("~");
  return [toDate(since), toDate(until)];
}

function toDate(text: string): Date | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
