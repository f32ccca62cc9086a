/** How responses are cached and when requests are repeated. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { OfflineError, ProblemError } from "./errors";

export const ACCOUNT_KEY = ["me"];

const MAX_RETRIES = 3;

/** Create the cache of a page. Any response "not logged in" resets the account, which shows the login form. */
export function createQueryClient(): QueryClient {
  const resetAccount = (error: Error): void => {
    if (error instanceof ProblemError && error.isUnauthenticated) queryClient.setQueryData(ACCOUNT_KEY, null);
  };
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError: resetAccount }),
    mutationCache: new MutationCache({ onError: resetAccount }),
    defaultOptions: {
      queries: { retry: shouldRetry, networkMode: "always", staleTime: 10_000 },
      mutations: { retry: shouldRetry, networkMode: "always" },
    },
  });
  return queryClient;
}

/** Mutations carry an idempotency key, so repeating one after a lost response is safe. */
function shouldRetry(failures: number, error: Error): boolean {
  const isTemporary = error instanceof OfflineError || (error instanceof ProblemError && error.isTemporary);
  return isTemporary && failures < MAX_RETRIES;
}
