/** Views of the queue. The address holds the selected view. */
import { useSearchParams } from "react-router";

import type { IncidentFilter } from "../../api/endpoints";

export const VIEWS = ["open", "review", "verify", "all"] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_FILTERS: Record<View, IncidentFilter> = {
  open: { open: true },
  review: { awaiting: "review" },
  verify: { awaiting: "verification" },
  all: {},
};

/** Return the view in the address and a function that changes it. */
export function useView(): [View, (view: View) => void] {
  const [search, setSearch] = useSearchParams();
  const view = VIEWS.find((name) => name === search.get("view")) ?? "open";
  return [view, (next) => setSearch(next === "open" ? {} : { view: next })];
}
