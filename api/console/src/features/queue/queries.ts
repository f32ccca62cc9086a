/** Requests of the queue. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { getCoverage, getStats, listIncidents } from "../../api/endpoints";
import { type View, VIEW_FILTERS } from "./views";

/** Maximum age of the list while the event stream is disconnected. */
const POLL_MS = 15_000;

/** No event announces a shift that ends. */
const COVERAGE_POLL_MS = 60_000;

/** List the incidents of a view, page by page. */
export function useIncidents(view: View) {
  return useInfiniteQuery({
    queryKey: ["incidents", view],
    queryFn: ({ pageParam }) => listIncidents({ ...VIEW_FILTERS[view], ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL_MS,
  });
}

/** Find the areas in which nobody is on duty within a day. */
export function useCoverage() {
  return useQuery({ queryKey: ["coverage"], queryFn: getCoverage, refetchInterval: COVERAGE_POLL_MS }).data;
}

/** Count the incidents of the views that wait for an operator. */
export function useViewCounts(): Partial<Record<View, number | undefined>> {
  const { data } = useQuery({ queryKey: ["stats"], queryFn: getStats, refetchInterval: POLL_MS });
  return { review: data?.awaiting.review, verify: data?.awaiting.verification };
}
