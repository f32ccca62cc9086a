/** The worker's orders and notices, kept up to date by the event stream. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import {
  getWorkOrder,
  listMyWorkOrders,
  listNotifications,
  listOpenNotifications,
  markNotificationDelivered,
} from "../../api/endpoints";
import type { WorkOrder } from "../../api/types";
import { useEventStream } from "../../api/useEventStream";
import { type Notice, selectNotices, selectUnseen } from "./notices/notices";
import { createRefresher } from "./refresher";

export const WORK_ORDERS_KEY = ["orders"];
export const NOTICES_KEY = ["notices"];

const POLL_MS = { on: 60_000, off: 5_000 };

/** Return the open work orders, the notices and the state of the connection. Without event stream they are polled. */
export function useWorkOrders() {
  const queryClient = useQueryClient();
  const refresh = useMemo(
    () =>
      createRefresher(async () => {
        await queryClient.invalidateQueries({ queryKey: WORK_ORDERS_KEY });
        await queryClient.invalidateQueries({ queryKey: NOTICES_KEY });
      }),
    [queryClient],
  );
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
  const orders = useQuery({
    queryKey: WORK_ORDERS_KEY,
    queryFn: listMyWorkOrders,
    // A picture may arrive after its order, and is not announced to the phone.
    refetchInterval: ({ state }) => (state.data?.items.some(awaitsPicture) ? POLL_MS.off : refetchInterval),
  });
  const notices = useQuery({
    queryKey: NOTICES_KEY,
    queryFn: readNotices,
    refetchInterval,
    select: (read) => selectUnseen(read),
  });
  return {
    connection,
    orders: orders.data?.items,
    notices: notices.data ?? [],
    error: orders.error,
    readAt: orders.dataUpdatedAt,
  };
}

const awaitsPicture = ({ incident }: WorkOrder): boolean => incident.snapshot?.available === false;

/** Read what the worker has to know besides the open orders, with the order that each notice is about. */
async function readNotices(): Promise<Notice[]> {
  const [open, all] = await Promise.all([listOpenNotifications(), listNotifications()]);
  const notifications = selectNotices(open.items, all.items, new Date());
  return Promise.all(
    notifications.map(async ({ id, kind, order }) => ({
      id,
      kind,
      order: order ? await getWorkOrder(order).catch(() => null) : null,
    })),
  );
}

/** Acknowledge the notifications that were sent while the page was closed. */
async function markMissedNotificationsDelivered(): Promise<void> {
  const notifications = await listOpenNotifications().catch(() => null);
  for (const notification of notifications?.items ?? []) {
    if (!notification.delivered_at) await markNotificationDelivered(notification.id).catch(() => undefined);
  }
}
