/** Who is logged in on this page. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";

import { login, logout, me } from "../../api/endpoints";
import { ProblemError } from "../../api/errors";
import type { Me } from "../../api/types";
import { preferLanguage } from "../../shared/i18n/i18n";

const ME = ["me"];

export const AccountContext = createContext<Me | null>(null);

/** The account of the page. Only below `LoginGate`. */
export function useAccount(): Me {
  const account = useContext(AccountContext);
  if (!account) throw new Error("useAccount needs a LoginGate above it");
  return account;
}

/** Ask who is logged in; `null` is nobody. */
export function useMe() {
  const query = useQuery({ queryKey: ME, queryFn: askMe, staleTime: Infinity });
  const language = query.data?.language;
  useEffect(() => {
    if (language) preferLanguage(language);
  }, [language]);
  return query;
}

async function askMe(): Promise<Me | null> {
  try {
    return await me();
  } catch (error) {
    if (error instanceof ProblemError && error.isLogin) return null;
    throw error;
  }
}

/** Log in; what another account had seen is forgotten first. */
export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: login,
    retry: false,
    onSuccess: (account) => become(queries, account),
  });
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: logout, onSettled: () => become(queries, null) });
}

/** Drop all that another account was shown. */
function become(queries: QueryClient, account: Me | null): void {
  queries.setQueryData(ME, account);
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
}
