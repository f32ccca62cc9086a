/** A report half written: taking a photo may cost the page its life on a small phone. */
import { useEffect, useState } from "react";

import { openDrawer } from "./keyValueStore";
import type { Photo } from "./outbox";

export interface Draft {
  found: boolean | null;
  note: string;
  photos: Photo[];
}

const EMPTY: Draft = { found: null, note: "", photos: [] };
const drafts = openDrawer<Draft>("drafts");

/** The draft of an order, kept at each change. `null` until it has been looked for. */
export function useDraft(order: string) {
  const [draft, setDraft] = useState<Draft | null>(null);
  useEffect(() => {
    void drafts.then((drawer) => drawer.get(order)).then((kept) => setDraft(kept ?? EMPTY));
  }, [order]);
  const change = (part: Partial<Draft>): void => {
    const next = { ...(draft ?? EMPTY), ...part };
    setDraft(next);
    void drafts.then((drawer) => drawer.put(order, next));
  };
  const clear = (): void => void drafts.then((drawer) => drawer.remove(order));
  return { draft, change, clear };
}
