/** Keep the last responses on the phone, so that the page is useful without a network. */
import type { QueryClient } from "@tanstack/react-query";

import { ACCOUNT_KEY } from "../api/queryClient";

const PERSISTED = [...ACCOUNT_KEY, "orders"];
const STORAGE_KEY = "gridwatch.phone";

/** Load the responses of the last visit and store every new one. Logging out deletes them. */
export function persistQueries(queryClient: QueryClient): void {
  const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Record<string, unknown>;
  for (const key of PERSISTED) if (stored[key]) queryClient.setQueryData([key], stored[key], { updatedAt: 0 });
  queryClient.getQueryCache().subscribe(() => {
    const current = Object.fromEntries(PERSISTED.map((key) => [key, queryClient.getQueryData([key])]));
    if (current["me"]) localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
    else if (current["me"] === null) localStorage.removeItem(STORAGE_KEY);
  });
}
