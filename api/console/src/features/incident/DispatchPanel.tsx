/** Who was called, and who accepted. */
import { useTranslation } from "react-i18next";

import type { IncidentDetail, NotificationItem, OrderItem } from "../../api/types";
import { useNow } from "../../shared/hooks/useNow";
import { clock } from "../../shared/format/format";
import { wordsOf } from "../../shared/i18n/codeLabel";

/** Orders first, then every call; being sent is not being accepted. */
export function Calls({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const { orders, notifications } = incident;
  return (
    <section className="block">
      <h3>{t("calls")}</h3>
      {orders.map((order) => (
        <OrderLine key={order.id} order={order} />
      ))}
      {notifications.length === 0 && orders.length === 0 && <p className="quiet">{t("calls.none")}</p>}
      <ul className="calls">
        {notifications.map((call) => (
          <Call key={`${call.account} ${call.channel} ${call.created_at}`} call={call} />
        ))}
      </ul>
    </section>
  );
}

function OrderLine({ order }: { order: OrderItem }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <p className="order-line">
      <span className="tag">{t(`shared:state.${order.state}`)}</span>
      <strong>{order.assignee ? t("order.assignee", { name: order.assignee }) : t("order.nobody")}</strong>
      <span className="quiet">{t("order.step", { n: order.step })}</span>
      {order.due_at && (
        <span className={order.overdue ? "tag tag-late" : "quiet"}>{t("order.due", { at: clock(order.due_at, now) })}</span>
      )}
    </p>
  );
}

function Call({ call }: { call: NotificationItem }) {
  const now = useNow();
  const at = call.delivered_at ?? call.sent_at ?? call.created_at;
  return (
    <li className={`call call-${call.state}`}>
      <strong>{call.account}</strong>
      <span className="quiet">{wordsOf("channel", call.channel)}</span>
      <span className="call-state">{wordsOf("call", call.state)}</span>
      <time className="quiet">{clock(at, now)}</time>
      {call.error && <small>{call.error}</small>}
    </li>
  );
}
