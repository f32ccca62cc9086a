/** The worker's orders, kept up to date by the event stream. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { listMyWorkOrders, listOpenNotifications, markNotificationDelivered } from "../../api/endpoints";
import { useEventStream } from "../../api/useEventStream";

export const WORK_ORDERS_KEY = ["orders"];

const POLL_MS = { on: 60_000, off: 5_000 };

/** Return the open work orders and the state of the connection. Without event stream they are polled. */
export function useWorkOrders() {
  const queryClient = useQueryClient();
  const refresh = (): void => void queryClient.invalidateQueries({ queryKey: WORK_ORDERS_KEY });
  const connection = useEventStream(
    ({ topic, object }) => {
      if (topic === "notification") void markNotificationDelivered(object).catch(() => undefined);
      refresh();
    },
    () => {
      refresh();
      void markMissedNotificationsDelivered();
    },
  );
  const refetchInterval = POLL_MS[connection.state === "on" ? "on" : "off"];
  const query = useQuery({ queryKey: WORK_ORDERS_KEY, queryFn: listMyWorkOrders, refetchInterval });
  return { connection, orders: query.data?.items, error: query.error };
}

/** Acknowledge the notifications that were sent while the page was closed. */
async function markMissedNotificationsDelivered(): Promise<void> {
  const notifications = await listOpenNotifications().catch(() => null);
  for (const notification of notifications?.items ?? []) {
    if (!notification.delivered_at) await markNotificationDelivered(notification.id).catch(() => undefined);
  }
}
