/** The worker's page: a list of work orders, or the one that is open. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { WorkOrder } from "../../api/types";
import type { ConnectionStatus } from "../../api/useEventStream";
import { errorMessage } from "../../shared/format/errorMessage";
import { ConnectionBadge } from "../../shared/ui/ConnectionBadge";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { PendingJobs, RefusedJobs } from "./offline/OutboxStatus";
import { useOutbox } from "./offline/useOutbox";
import { useWorkOrders } from "./queries";
import { callOf } from "./silencedCalls";
import { useNotificationSound } from "./useNotificationSound";
import { WorkOrderCard } from "./WorkOrderCard";
import { WorkOrderDetail } from "./WorkOrderDetail";
import "./workOrders.css";

interface Props {
  account: string;
  logout: () => void;
}

export function WorkOrdersPage({ account, logout }: Props) {
  const { t } = useTranslation("workOrders");
  const { connection, orders, error } = useWorkOrders();
  const outbox = useOutbox(account);
  const [openId, setOpenId] = useState<string | null>(null);
  const isPending = (id: string): boolean => outbox.pending.some(({ order }) => order === id);
  const acceptable = orders?.filter((order) => order.actions.includes("accept") && !isPending(order.id)) ?? [];
  const sound = useNotificationSound(
    acceptable.map(callOf),
    t("new_order"),
  );
  const openOrder = orders?.find(({ id }) => id === openId);
  return (
    <div className="phone">
      <Header account={account} connection={connection} logout={logout} />
      {!sound.isUnlocked && <p className="sound-hint">{t("sound.hint")}</p>}
      {connection.state === "off" && <PendingJobs jobs={outbox.pending} />}
      <RefusedJobs results={outbox.refused} dismiss={outbox.dismissRefused} />
      {error && !orders && <p className="phone-message">{errorMessage(error)}</p>}
      {openOrder ? (
        <WorkOrderDetail
          order={openOrder}
          pendingOn={isPending(openOrder.id) ? connection.state : null}
          submit={outbox.submit}
          back={() => setOpenId(null)}
        />
      ) : (
        <WorkOrderList orders={orders} isPending={isPending} sound={sound} submit={outbox.submit} open={setOpenId} />
      )}
    </div>
  );
}

function Header({ account, connection, logout }: Props & { connection: ConnectionStatus }) {
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
  isPending: (id: string) => boolean;
  sound: ReturnType<typeof useNotificationSound>;
  submit: ReturnType<typeof useOutbox>["submit"];
  open: (id: string) => void;
}

/** The orders that can be accepted come first, as large cards. */
function WorkOrderList({ orders, isPending, sound, submit, open }: ListProps) {
  const { t } = useTranslation("workOrders");
  if (!orders) return <p className="phone-message">{t("shared:loading")}</p>;
  if (orders.length === 0) return <EmptyList />;
  const acceptable = orders.filter(({ actions }) => actions.includes("accept"));
  const others = orders.filter(({ actions }) => !actions.includes("accept"));
  return (
    <main className="phone-list">
      <h1 className="visually-hidden">{t("title")}</h1>
      {acceptable.map((order) => (
        <WorkOrderCard
          key={order.id}
          order={order}
          isSoundPlaying={sound.isPlaying}
          isPending={isPending(order.id)}
          silence={sound.silence}
          accept={() => void submit(order, { action: "accept" }).then(() => open(order.id))}
          open={() => open(order.id)}
        />
      ))}
      {others.map((order) => (
        <WorkOrderCard key={order.id} order={order} isPending={isPending(order.id)} open={() => open(order.id)} />
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
