/** Requests of the accounts page. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { type AccountFilter, getManagedAccount, listAccounts } from "../../api/endpoints";
import { useChange } from "../../shared/hooks/useChange";

const KEY = ["managed-accounts"];

export function useAccounts(filter: AccountFilter) {
  return useInfiniteQuery({
    queryKey: [...KEY, filter],
    queryFn: ({ pageParam }) => listAccounts({ ...filter, cursor: pageParam }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
}

export function useAccountDetail(name: string) {
  return useQuery({ queryKey: [...KEY, "one", name], queryFn: () => getManagedAccount(name) });
}

/** Return a function that sends a change, then reads the accounts again. */
export const useAccountChange = () => useChange(KEY);
