import { useEffect, useRef, useState } from "react";

import { openStore } from "./keyValueStore";
import type { Photo } from "./outbox";

export interface ReportDraft {
  found: boolean | null;
  note: string;
  photos: Photo[];
}

const EMPTY: ReportDraft = { found: null, note: "", photos: [] };
const drafts = openStore<ReportDraft>("drafts");

/**
 * Return the report draft of a work order; `null` until it has been loaded.
 *
 * It is stored at each change, because opening the camera may end the page on a small phone.
 */
export function useReportDraft(orderId: string) {
  const [draft, setDraft] = useState<ReportDraft | null>(null);
  const latest = useRef<ReportDraft | null>(null);
  useEffect(() => {
    void drafts
      .then((store) => store.get(orderId))
      .then((stored) => {
        latest.current = stored ?? EMPTY;
        setDraft(latest.current);
      });
  }, [orderId]);
  const save = (next: ReportDraft): void => {
    latest.current = next;
    setDraft(next);
  };
  /** Change the newest draft: a photo may have been prepared while the worker wrote. */
  const update = (change: (draft: ReportDraft) => Partial<ReportDraft>): void => {
    const before = latest.current ?? EMPTY;
    save({ ...before, ...change(before) });
    void drafts.then((store) => store.put(orderId, latest.current ?? EMPTY));
  };
  const clear = (): void => {
    save(EMPTY);
    void drafts.then((store) => store.remove(orderId));
  };
  return { draft, update, clear };
}
