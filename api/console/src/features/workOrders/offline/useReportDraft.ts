import { useEffect, useState } from "react";

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
  useEffect(() => {
    void drafts.then((store) => store.get(orderId)).then((stored) => setDraft(stored ?? EMPTY));
  }, [orderId]);
  const update = (changes: Partial<ReportDraft>): void => {
    const next = { ...(draft ?? EMPTY), ...changes };
    setDraft(next);
    void drafts.then((store) => store.put(orderId, next));
  };
  const clear = (): void => void drafts.then((store) => store.remove(orderId));
  return { draft, update, clear };
}
