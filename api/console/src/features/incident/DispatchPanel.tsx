import { useTranslation } from "react-i18next";

import type { IncidentDetail, NotificationItem, WorkOrderItem } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { codeLabel } from "../../shared/i18n/codeLabel";

/** The work orders with who has accepted them, then every notification with how far it got. */
export function DispatchPanel({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const { orders, notifications } = incident;
  return (
    <section className="panel">
      <h3>{t("dispatch")}</h3>
      {orders.map((order) => (
        <WorkOrderLine key={order.id} order={order} />
      ))}
      {notifications.length === 0 && orders.length === 0 && <p className="muted">{t("dispatch.none")}</p>}
      <ul className="notifications">
        {notifications.map((notification) => (
          <NotificationLine
            key={`${notification.account} ${notification.channel} ${notification.created_at}`}
            notification={notification}
          />
        ))}
      </ul>
    </section>
  );
}

function WorkOrderLine({ order }: { order: WorkOrderItem }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <p className="work-order-line">
      <span className="tag">{t(`shared:state.${order.state}`)}</span>
      <strong>{order.assignee ? t("order.assignee", { name: order.assignee }) : t("order.unassigned")}</strong>
      <span className="muted">{order.step ? t("order.level", { n: order.step }) : t("order.chosen")}</span>
      {order.due_at && (
        <span className={order.overdue ? "tag tag-overdue" : "muted"}>
          {t("order.due", { at: formatTime(order.due_at, now) })}
        </span>
      )}
    </p>
  );
}

function NotificationLine({ notification }: { notification: NotificationItem }) {
  const now = useNow();
  const { account, channel, state, error, created_at, sent_at, delivered_at } = notification;
  return (
    <li className={`notification notification-${state}`}>
      <strong>{account}</strong>
      <span className="muted">{codeLabel("incident", "channel", channel)}</span>
      <span className="notification-state">{codeLabel("incident", "notification", state)}</span>
      <time className="muted">{formatTime(delivered_at ?? sent_at ?? created_at, now)}</time>
      {error && <small>{error}</small>}
    </li>
  );
}
