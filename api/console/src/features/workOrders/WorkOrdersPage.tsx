/** The worker's page: a list of work orders, or the one that is open. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { markNotificationRead } from "../../api/endpoints";
import type { WorkOrder } from "../../api/types";
import type { ConnectionStatus } from "../../api/useEventStream";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { ConnectionBadge } from "../../shared/ui/ConnectionBadge";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { Notices } from "./notices/Notices";
import { rememberSeen } from "./notices/notices";
import { nextActions, withAnswers } from "./offline/expectedOrders";
import { PendingJobs, RefusedJobs } from "./offline/OutboxStatus";
import { useOutbox } from "./offline/useOutbox";
import { PictureViewer } from "./picture/PictureViewer";
import { PushHint } from "./push/PushHint";
import { disablePush } from "./push/subscription";
import { NOTICES_KEY, useWorkOrders } from "./queries";
import { callOf } from "./silencedCalls";
import { useNotificationSound } from "./useNotificationSound";
import { useRoute } from "./useRoute";
import { WorkOrderCard } from "./WorkOrderCard";
import { WorkOrderDetail } from "./WorkOrderDetail";
import "./workOrders.css";

interface Props {
  account: string;
  logout: () => void;
  /** Shown above everything else, such as a login that is about to end. */
  banner?: ReactNode;
  /** How the worker is reached while the page is closed; below the list. */
  settings?: ReactNode;
}

export function WorkOrdersPage({ account, logout, banner, settings }: Props) {
  const { t } = useTranslation("workOrders");
  const queryClient = useQueryClient();
  const { connection, orders: listed, notices, error, readAt } = useWorkOrders();
  const outbox = useOutbox(account);
  const route = useRoute();
  const orders = listed && withAnswers(listed, outbox.sent);
  const actionsOf = (order: WorkOrder): WorkOrder["actions"] => nextActions(order, outbox.pending);
  const acceptable = orders?.filter((order) => actionsOf(order).includes("accept")) ?? [];
  const sound = useNotificationSound(
    [...acceptable.map(callOf), ...notices.map(({ id }) => `notice ${id}`)],
    t("new_order"),
  );
  const dismissNotices = (): void => {
    rememberSeen(notices.map(({ id }) => id));
    for (const { id } of notices) void markNotificationRead(id).catch(() => undefined);
    queryClient.setQueryData(NOTICES_KEY, []);
  };
  useOrderOfNotification(route.openOrder);
  const openOrder = orders?.find(({ id }) => id === route.order);
  const leave = (): void => {
    if (outbox.pending.length > 0 && !confirm(t("logout.pending", { count: outbox.pending.length }))) return;
    void disablePush().finally(logout);
  };
  return (
    <PictureViewer isOpen={route.hasPicture} open={route.openPicture} close={route.back}>
      <div className="phone">
        <Header account={account} connection={connection} logout={leave} />
        {banner}
        {!sound.isUnlocked && <p className="sound-hint">{t("sound.hint")}</p>}
        <PendingJobs jobs={outbox.pending} hindrance={outbox.hindrance} />
        <RefusedJobs jobs={outbox.refused} dismiss={(jobs) => void outbox.dismiss(jobs)} />
        <Notices notices={notices} dismiss={dismissNotices} />
        {orders && (error || connection.state === "off") && <StaleHint readAt={readAt} />}
        {error && <p className="phone-error">{errorMessage(error)}</p>}
        {openOrder ? (
          <WorkOrderDetail
            order={openOrder}
            pending={outbox.pending.filter(({ order }) => order === openOrder.id)}
            hindrance={outbox.hindrance}
            actions={actionsOf(openOrder)}
            submit={outbox.submit}
            back={route.back}
          />
        ) : (
          <>
            <PushHint account={account} />
            <WorkOrderList
              orders={orders}
              hasFailed={error !== null}
              actionsOf={actionsOf}
              sound={sound}
              submit={outbox.submit}
              open={route.openOrder}
            />
            {settings && <Settings>{settings}</Settings>}
          </>
        )}
      </div>
    </PictureViewer>
  );
}

/** Loaded when it is first opened: a phone without a network shows the orders all the same. */
function Settings({ children }: { children: ReactNode }) {
  const { t } = useTranslation("channels");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="phone-settings" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>{t("title")}</summary>
      {isOpen && children}
    </details>
  );
}

/** Open the work order whose notification was tapped while the page was open. */
function useOrderOfNotification(open: (order: string) => void): void {
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  });
  useEffect(() => {
    const receive = ({ data }: MessageEvent<{ order?: string }>): void => {
      if (data.order) latest.current(data.order);
    };
    navigator.serviceWorker?.addEventListener("message", receive);
    return () => navigator.serviceWorker?.removeEventListener("message", receive);
  }, []);
}

/** From when the list is that is shown, while no newer one can be read. */
function StaleHint({ readAt }: { readAt: number }) {
  const { t } = useTranslation("workOrders");
  const now = useNow();
  if (readAt === 0) return null;
  return <p className="phone-stale">{t("stale", { at: formatTime(new Date(readAt).toISOString(), now) })}</p>;
}

function Header({ account, connection, logout }: Pick<Props, "account" | "logout"> & { connection: ConnectionStatus }) {
  const { t } = useTranslation("shared");
  return (
    <header className="phone-bar">
      <strong>{account}</strong>
      <ConnectionBadge status={connection} />
      <LanguageSwitch />
      <button className="language" onClick={logout}>
        {t("logout")}
      </button>
    </header>
  );
}

interface ListProps {
  orders: WorkOrder[] | undefined;
  hasFailed: boolean;
  actionsOf: (order: WorkOrder) => WorkOrder["actions"];
  sound: ReturnType<typeof useNotificationSound>;
  submit: ReturnType<typeof useOutbox>["submit"];
  open: (id: string) => void;
}

/** The orders that can be accepted come first, as large cards. */
function WorkOrderList({ orders, hasFailed, actionsOf, sound, submit, open }: ListProps) {
  const { t } = useTranslation("workOrders");
  if (!orders) return hasFailed ? null : <p className="phone-message">{t("shared:loading")}</p>;
  if (orders.length === 0) return <EmptyList />;
  const isAcceptable = (order: WorkOrder): boolean => actionsOf(order).includes("accept");
  return (
    <main className="phone-list">
      <h1 className="visually-hidden">{t("title")}</h1>
      {orders.filter(isAcceptable).map((order) => (
        <WorkOrderCard
          key={order.id}
          order={order}
          isSoundPlaying={sound.isPlaying}
          silence={sound.silence}
          accept={() => void submit(order, { action: "accept" }).then(() => open(order.id))}
          open={() => open(order.id)}
        />
      ))}
      {orders
        .filter((order) => !isAcceptable(order))
        .map((order) => (
          <WorkOrderCard key={order.id} order={order} open={() => open(order.id)} />
        ))}
    </main>
  );
}

function EmptyList() {
  const { t } = useTranslation("workOrders");
  return (
    <div className="phone-message">
      <strong>{t("empty")}</strong>
      <span>{t("empty.hint")}</span>
    </div>
  );
}
