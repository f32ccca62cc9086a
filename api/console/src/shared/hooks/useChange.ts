import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { errorMessage } from "../format/errorMessage";

/** Return a function that sends a change once, shows its error, and reads the lists under a key again. */
export function useChange(queryKey: readonly string[]) {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ send }: { send: () => Promise<unknown>; done: () => void }) => send(),
    retry: false,
    onSuccess: (_, { done }) => done(),
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  });
  return { isPending, change: (send: () => Promise<unknown>, done: () => void): void => mutate({ send, done }) };
}
