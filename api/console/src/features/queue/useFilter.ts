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
    (changes: Partial<QueueFilter>): void => setSearch(toSearch(changeFilter(filter, changes)), { replace: true }),
    [filter, setSearch],
  );
  const clear = useCallback((): void => setSearch({}, { replace: true }), [setSearch]);
  return { filter, change, clear };
}
