/** How answers of the centre are kept, and when they are asked for again. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { OfflineError, ProblemError } from "./errors";

const MOST_TRIES = 3;

/** A store in which what the stream announces is renewed, and a lost login is noticed anywhere. */
export function newQueries(): QueryClient {
  const noticeLogin = (error: Error): void => {
    if (error instanceof ProblemError && error.isLogin) queries.setQueryData(["me"], null);
  };
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: noticeLogin }),
    mutationCache: new MutationCache({ onError: noticeLogin }),
    defaultOptions: {
      queries: { retry: isWorthAnotherTry, networkMode: "always", staleTime: 10_000 },
      mutations: { retry: isWorthAnotherTry, networkMode: "always" },
    },
  });
  return queries;
}

/** Writing carries its own key, so repeating after a cut line has its effect once. */
function isWorthAnotherTry(failures: number, error: Error): boolean {
  const isPassing = error instanceof OfflineError || (error instanceof ProblemError && error.isPassing);
  return isPassing && failures < MOST_TRIES;
}
