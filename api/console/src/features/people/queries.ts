/** Requests of the page of people. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { confirmTest, getReachability, listNotificationLog, sendTestNotification } from "../../api/endpoints";
import { createIdempotencyKey } from "../../api/idempotencyKey";
import { errorMessage } from "../../shared/format/errorMessage";

/** Pages are opened and closed without an event; the desk sees it within seconds. */
const POLL_MS = 5_000;

/**
 * Who can be reached in an area; empty for the area of the account.
 *
 * @param at A later time in ISO 8601; empty for now.
 */
export const useReachability = (area: string, at: string) =>
  useQuery({
    queryKey: ["reachability", area, at],
    queryFn: () => getReachability(area || undefined, at || undefined),
    refetchInterval: POLL_MS,
    placeholderData: (last) => last,
  });

/** What was sent to a person, with receipts as they arrive. */
export const useNotificationLog = (account: string) =>
  useQuery({
    queryKey: ["notification-log", account],
    queryFn: () => listNotificationLog(account),
    refetchInterval: POLL_MS,
  });

/** Send a test message on every channel of a person. */
export function useSendTest(account: string) {
  return usePersonMutation(account, () => sendTestNotification(account, createIdempotencyKey()));
}

/** Confirm a test message by its four digits. */
export function useConfirmTest(account: string) {
  return usePersonMutation(account, ({ id, code }: { id: string; code: string }) => confirmTest(account, id, code));
}

function usePersonMutation<Variables>(account: string, mutationFn: (variables: Variables) => Promise<unknown>) {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: async () => {
      const staleKeys = [["reachability"], ["notification-log", account]];
      await Promise.all(staleKeys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
  });
}
