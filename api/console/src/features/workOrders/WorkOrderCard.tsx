/** An order in the list: large while it can be accepted, a line afterwards. */
import { useTranslation } from "react-i18next";

import type { Order } from "../../api/types";
import { LevelMark } from "../../shared/ui/LevelBadge";
import { useNow } from "../../shared/hooks/useNow";
import { placeOf, say, stretch, until } from "../../shared/format/format";
import { Snapshot } from "../../shared/ui/Snapshot";

interface Props {
  order: Order;
  isWaiting: boolean;
  open: () => void;
  /** Given for an order that can be accepted. */
  accept?: () => void;
  isRinging?: boolean;
  silence?: () => void;
}

/** What, where, since when; the centre says whether it can be accepted. */
export function OrderCard({ order, isWaiting, open, accept, isRinging = false, silence }: Props) {
  const { t } = useTranslation("orders");
  const now = useNow();
  const { incident } = order;
  return (
    <article className={`card card-${incident.level} ${accept ? "card-large" : ""}`} data-state={order.state}>
      {accept && isRinging && (
        <p className="card-ring">
          <strong>{t("ringing")}</strong>
          <button onClick={silence}>{t("silence")}</button>
        </p>
      )}
      <button className="card-body" onClick={open}>
        <span className="card-head">
          <LevelMark level={incident.level} />
          <span className="tag">{t(`shared:state.${order.state}`)}</span>
          <Due order={order} />
        </span>
        <strong className="card-title">{say(incident.title)}</strong>
        <span className="card-place">{placeOf(incident) || t("place.unknown")}</span>
        <span className="card-because">{say(incident.because)}</span>
        <span className="card-since">{t("since", { for: stretch(-until(incident.first_at, now)) })}</span>
        {accept && <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={say(incident.title)} />}
      </button>
      {accept && (
        <button className="phone-do" disabled={isWaiting} onClick={accept}>
          {t(isWaiting ? "sending" : "accept")}
        </button>
      )}
    </article>
  );
}

/** The clock of an order; whether it is late, the centre says. */
export function Due({ order }: { order: Order }) {
  const { t } = useTranslation("orders");
  const now = useNow();
  if (!order.due_at) return null;
  const rest = until(order.due_at, now);
  if (order.overdue) return <span className="tag tag-late">{t("late", { for: stretch(-rest) })}</span>;
  return <span className="card-due">{t("due", { for: stretch(rest) })}</span>;
}
