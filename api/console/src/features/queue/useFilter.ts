/** The filters in the address. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

import { changeFilter, parseFilter, type QueueFilter, toSearch } from "./filters";

/** Return the filters in the address and a function that changes some of them. */
export function useFilter() {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const filter = useMemo(() => parseFilter(new URLSearchParams(text)), [text]);
  const change = useCallback(
    (changes: Partial<QueueFilter>): void => {
      // The address may be newer than the last rendering: a second change keeps the first.
      const latest = parseFilter(new URLSearchParams(window.location.search));
      setSearch(toSearch(changeFilter(latest, changes)), { replace: true });
    },
    [setSearch],
  );
  const clear = useCallback((): void => setSearch({}, { replace: true }), [setSearch]);
  return { filter, change, clear };
}
