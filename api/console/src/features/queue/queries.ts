/** The rows of the queue as the operator sees them. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { incidents, stats } from "../../api/endpoints";
import type { Incident } from "../../api/types";
import { FILTERS, type View } from "./views";
import { type Row, settle } from "./stableRows";

const NO_ROWS: Row<Incident>[] = [];
/** A key, and a pointer resting on the list, hold the rows this long. */
export const HOLD_MS = { key: 10_000, pointer: 60_000 };
/** How old the list may grow where the stream is cut. */
const POLL_MS = 15_000;

/** Ask for the incidents of a view, page by page. */
export function useIncidents(view: View) {
  return useInfiniteQuery({
    queryKey: ["incidents", view],
    queryFn: ({ pageParam }) => incidents({ ...FILTERS[view], ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL_MS,
  });
}

/** How many wait for the desk's own word; the other views need no figure. */
export function useCounts(): Partial<Record<View, number>> {
  const { data } = useQuery({ queryKey: ["stats"], queryFn: stats, refetchInterval: POLL_MS });
  return { review: data?.states["new"] ?? 0, verify: data?.states["feedback"] ?? 0 };
}

/** Keep the rows still while `busy`; `reveal` lets the waiting ones in at once. */
export function useSettledRows(view: View, fresh: Incident[] | undefined, busy: boolean) {
  const [shown, setShown] = useState({ view, rows: NO_ROWS, waiting: 0 });
  useEffect(() => {
    if (fresh) setShown((was) => ({ view, ...settle(was.view === view ? was.rows : NO_ROWS, fresh, busy) }));
  }, [view, fresh, busy]);
  const reveal = useCallback(() => {
    if (fresh) setShown({ view, ...settle(NO_ROWS, fresh, false) });
  }, [view, fresh]);
  return { ...(shown.view === view ? shown : { rows: NO_ROWS, waiting: 0 }), reveal };
}

/** Whether a hand is on the list; `touch` says so for a while, the last one counts. */
export function useBusy() {
  const [busy, setBusy] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const touch = useCallback((milliseconds: number) => {
    setBusy(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setBusy(false), milliseconds);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { busy, touch };
}
