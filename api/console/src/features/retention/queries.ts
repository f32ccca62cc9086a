/** Requests about legal holds, erasure requests and exports. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { listErasureRequests, listLegalHolds } from "../../api/endpoints";
import { errorMessage } from "../../shared/format/errorMessage";

const KEY = ["retention"];

export function useHolds(ended: boolean) {
  return useQuery({ queryKey: [...KEY, "holds", ended], queryFn: () => listLegalHolds(ended) });
}

export function useRequests(ended: boolean) {
  return useQuery({ queryKey: [...KEY, "requests", ended], queryFn: () => listErasureRequests(ended) });
}

/** Return a function that sends a request once, shows its error, and reloads the lists. */
export function useSend() {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ send }: { send: () => Promise<unknown>; done: () => void }) => send(),
    retry: false,
    onSuccess: (_, { done }) => done(),
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  return { isPending, send: (send: () => Promise<unknown>, done: () => void): void => mutate({ send, done }) };
}
