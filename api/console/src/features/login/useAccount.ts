/** The logged-in account. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";

import { getAccount, login, logout } from "../../api/endpoints";
import { ProblemError } from "../../api/errors";
import { ACCOUNT_KEY } from "../../api/queryClient";
import type { Account } from "../../api/types";
import { applyAccountLanguage } from "../../shared/i18n/i18n";

export const AccountContext = createContext<Account | null>(null);

/** Return the account of the page. Only below `LoginGate`. */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (!account) throw new Error("useAccount must be used below a LoginGate");
  return account;
}

/** Return whether an account may hold incidents and decide erasure requests. */
export const isSupervisor = ({ role }: Account): boolean => role === "supervisor" || role === "admin";

/** Return whether an account reads the audit log. */
export const isAuditor = ({ role }: Account): boolean => ["auditor", "audit_admin", "admin"].includes(role);

/** Return whether an account decides about incidents. */
export const isDesk = (account: Account): boolean => account.role === "operator" || isSupervisor(account);

/** Read who is logged in; the data is `null` if nobody is. */
export function useAccountQuery() {
  const query = useQuery({ queryKey: ACCOUNT_KEY, queryFn: fetchAccount, staleTime: Infinity });
  const language = query.data?.language;
  useEffect(() => {
    if (language) applyAccountLanguage(language);
  }, [language]);
  return query;
}

async function fetchAccount(): Promise<Account | null> {
  try {
    return await getAccount();
  } catch (error) {
    if (error instanceof ProblemError && error.isUnauthenticated) return null;
    throw error;
  }
}

export function useLogin() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: login,
    retry: false,
    onSuccess: (account) => switchAccount(queryClient, account),
  });
}

/** Log the same account in again: its data and what it has begun to write stay. */
export function useLoginAgain() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: login,
    retry: false,
    onSuccess: (account) => void queryClient.setQueryData(ACCOUNT_KEY, account),
  });
}

export function useLogout() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: logout, onSettled: () => switchAccount(queryClient, null) });
}

/** Set the account and delete all data that the previous one has read. */
function switchAccount(queryClient: QueryClient, account: Account | null): void {
  queryClient.setQueryData(ACCOUNT_KEY, account);
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== ACCOUNT_KEY[0] });
}
