/** Requests of the queue. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { getCoverage, getStats, listIncidents, listScenarios } from "../../api/endpoints";
import { type QueueFilter, toQuery, type View } from "./filters";

/** Deadlines pass without an event, and events are missed while the stream is disconnected. */
const POLL_MS = 15_000;

/** No event announces a shift that ends. */
const COVERAGE_POLL_MS = 60_000;

const PAGE_SIZE = 100;

/** List the incidents of a filter, page by page. */
export function useIncidents(filter: QueueFilter) {
  return useInfiniteQuery({
    queryKey: ["incidents", filter],
    queryFn: ({ pageParam }) =>
      listIncidents({ ...toQuery(filter, new Date()), limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL_MS,
  });
}

/** Find the areas in which nobody is on duty within a day. */
export function useCoverage() {
  return useQuery({ queryKey: ["coverage"], queryFn: getCoverage, refetchInterval: COVERAGE_POLL_MS }).data;
}

/** List the scenarios by which the queue can be filtered. */
export function useScenarios() {
  return useQuery({ queryKey: ["scenarios"], queryFn: async () => (await listScenarios()).items, staleTime: Infinity });
}

/** Count the incidents of the views that wait for an operator. */
export function useViewCounts(): Partial<Record<View, number | undefined>> {
  const { data } = useQuery({ queryKey: ["stats"], queryFn: getStats, refetchInterval: POLL_MS });
  return { review: data?.awaiting.review, verify: data?.awaiting.verification };
}
