/** The ways to look at the queue; the address holds which one. */
import { useSearchParams } from "react-router";

import type { IncidentFilter } from "../../api/endpoints";

export const VIEWS = ["open", "review", "verify", "all"] as const;
export type View = (typeof VIEWS)[number];

/** What each view asks of the centre. */
export const FILTERS: Record<View, IncidentFilter> = {
  open: { open: true },
  review: { state: "new" },
  verify: { state: "feedback" },
  all: {},
};

/** The view in the address, and the way to another one. */
export function useView(): [View, (view: View) => void] {
  const [search, setSearch] = useSearchParams();
  const view = VIEWS.find((name) => name === search.get("view")) ?? "open";
  return [view, (next) => setSearch(next === "open" ? {} : { view: next })];
}
