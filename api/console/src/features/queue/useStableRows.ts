/** Hold the list still while the operator works on it. */
import { useCallback, useEffect, useRef, useState } from "react";

import type { IncidentRow } from "../../api/types";
import { type Row, updateRows } from "./stableRows";

const NO_ROWS: Row<IncidentRow>[] = [];

/** How long a key press, and a pointer movement over the list, hold the rows. */
export const HOLD_MS = { key: 10_000, pointer: 60_000 };

/**
 * Keep the rows in place while `isHeld`; `showNew` shows the new incidents at once.
 *
 * @param view Identifies the list; another one starts anew.
 */
export function useStableRows(view: string, latest: IncidentRow[] | undefined, isHeld: boolean) {
  const [state, setState] = useState({ view, rows: NO_ROWS, newCount: 0 });
  useEffect(() => {
    if (latest) {
      setState((last) => ({ view, ...updateRows(last.view === view ? last.rows : NO_ROWS, latest, isHeld) }));
    }
  }, [view, latest, isHeld]);
  const showNew = useCallback(() => {
    if (latest) setState({ view, ...updateRows(NO_ROWS, latest, false) });
  }, [view, latest]);
  return { ...(state.view === view ? state : { rows: NO_ROWS, newCount: 0 }), showNew };
}

/** Return whether the list is held, and a function that holds it for a time. The last call counts. */
export function useHold() {
  const [isHeld, setIsHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hold = useCallback((milliseconds: number) => {
    setIsHeld(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setIsHeld(false), milliseconds);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { isHeld, hold };
}
