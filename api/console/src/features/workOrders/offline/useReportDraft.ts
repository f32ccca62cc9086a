import { useEffect, useSyncExternalStore } from "react";

import type { FieldReport } from "../../../api/endpoints";
import { openStore } from "./keyValueStore";
import type { Photo } from "./outbox";

export interface ReportDraft {
  found: boolean | null;
  reasonCode?: FieldReport["reason_code"];
  note: string;
  photos: Photo[];
}

type Change = (draft: ReportDraft) => Partial<ReportDraft>;

const EMPTY: ReportDraft = { found: null, note: "", photos: [] };
const stored = openStore<ReportDraft>("drafts");
/** The drafts of this page: a form may be closed and opened again while a photo is being prepared. */
const drafts = new Map<string, ReportDraft>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(orderId: string, draft: ReportDraft): void {
  drafts.set(orderId, draft);
  for (const listener of listeners) listener();
}

async function load(orderId: string): Promise<void> {
  const draft = await (await stored).get(orderId);
  if (!drafts.has(orderId)) set(orderId, draft ?? EMPTY);
}

/**
 * Return the report draft of a work order; `null` until it has been loaded.
 *
 * It is stored at each change, because opening the camera may end the page on a small phone.
 */
export function useReportDraft(orderId: string) {
  const draft = useSyncExternalStore(subscribe, () => drafts.get(orderId) ?? null);
  useEffect(() => void load(orderId), [orderId]);
  /** Change the newest draft: a photo may have been prepared while the worker wrote. */
  const update = (change: Change): void => {
    const before = drafts.get(orderId) ?? EMPTY;
    const next = { ...before, ...change(before) };
    set(orderId, next);
    void stored.then((store) => store.put(orderId, next));
  };
  const clear = (): void => {
    set(orderId, EMPTY);
    void stored.then((store) => store.remove(orderId));
  };
  return { draft, update, clear };
}
