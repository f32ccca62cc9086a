/** Requests of the accounts page. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { type AccountFilter, getManagedAccount, listAccounts } from "../../api/endpoints";
import { errorMessage } from "../../shared/format/errorMessage";

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
export function useChange() {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ send }: { send: () => Promise<unknown>; done: () => void }) => send(),
    retry: false,
    onSuccess: (_, { done }) => done(),
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  return { isPending, change: (send: () => Promise<unknown>, done: () => void): void => mutate({ send, done }) };
}
