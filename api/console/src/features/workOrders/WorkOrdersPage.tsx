/** The worker's page: what rings, what is under way, what has been reported. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LiveStatus } from "../../api/useEventStream";
import type { Order } from "../../api/types";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { LiveMark } from "../../shared/ui/ConnectionBadge";
import { trouble } from "../../shared/format/errorMessage";
import { useBell } from "./useNotificationSound";
import { OrderCard } from "./WorkOrderCard";
import { useOrders, useOutbox } from "./queries";
import { OrderPage } from "./WorkOrderDetail";
import "./workOrders.css";
import { Lost, Waiting } from "./offline/OutboxStatus";

interface Props {
  account: string;
  logout: () => void;
}

/** Show the list, or the one order that was opened. */
export function OrdersPage({ account, logout }: Props) {
  const { t } = useTranslation("orders");
  const { status, orders, error } = useOrders();
  const outbox = useOutbox(account);
  const [opened, setOpened] = useState<string | null>(null);
  const isWaiting = (id: string): boolean => outbox.waiting.some(({ order }) => order === id);
  const toAccept = orders?.filter((order) => order.actions.includes("accept") && !isWaiting(order.id)) ?? [];
  const bell = useBell(
    toAccept.map(({ id }) => id),
    t("ringing"),
  );
  const open = orders?.find(({ id }) => id === opened);
  return (
    <div className="phone">
      <Bar account={account} status={status} logout={logout} />
      {!bell.isReady && <p className="phone-unlock">{t("unlock.why")}</p>}
      {status.state === "off" && <Waiting jobs={outbox.waiting} />}
      <Lost fates={outbox.lost} dismiss={outbox.dismiss} />
      {error && !orders && <p className="phone-note">{trouble(error)}</p>}
      {open ? (
        <OrderPage
          order={open}
          waits={isWaiting(open.id) ? status.state : null}
          say={outbox.say}
          back={() => setOpened(null)}
        />
      ) : (
        <List orders={orders} isWaiting={isWaiting} bell={bell} say={outbox.say} open={setOpened} />
      )}
    </div>
  );
}

function Bar({ account, status, logout }: Props & { status: LiveStatus }) {
  const { t } = useTranslation("shared");
  return (
    <header className="phone-bar">
      <strong>{account}</strong>
      <LiveMark status={status} />
      <LanguageSwitch />
      <button className="language" onClick={logout}>
        {t("logout")}
      </button>
    </header>
  );
}

interface ListProps {
  orders: Order[] | undefined;
  isWaiting: (id: string) => boolean;
  bell: ReturnType<typeof useBell>;
  say: ReturnType<typeof useOutbox>["say"];
  open: (id: string) => void;
}

/** Ringing first, each as a whole card; the others as lines. */
function List({ orders, isWaiting, bell, say, open }: ListProps) {
  const { t } = useTranslation("orders");
  if (!orders) return <p className="phone-note">{t("loading")}</p>;
  if (orders.length === 0) return <Empty />;
  const toAccept = orders.filter(({ actions }) => actions.includes("accept"));
  const others = orders.filter(({ actions }) => !actions.includes("accept"));
  return (
    <main className="phone-list">
      <h1 className="visually-hidden">{t("title")}</h1>
      {toAccept.map((order) => (
        <OrderCard
          key={order.id}
          order={order}
          isRinging={bell.isRinging}
          isWaiting={isWaiting(order.id)}
          silence={bell.silence}
          accept={() => void say(order, { action: "accept" }).then(() => open(order.id))}
          open={() => open(order.id)}
        />
      ))}
      {others.map((order) => (
        <OrderCard key={order.id} order={order} isWaiting={isWaiting(order.id)} open={() => open(order.id)} />
      ))}
    </main>
  );
}

function Empty() {
  const { t } = useTranslation("orders");
  return (
    <div className="phone-note">
      <strong>{t("empty")}</strong>
      <span>{t("empty.hint")}</span>
    </div>
  );
}
