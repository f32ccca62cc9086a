import { useTranslation } from "react-i18next";

import type { WorkOrder } from "../../api/types";
import { formatDuration, formatPlace, localize, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { DueTag } from "../../shared/ui/DueTag";
import { LevelBadge } from "../../shared/ui/LevelBadge";
import { Snapshot } from "../../shared/ui/Snapshot";
import { reasonLabel } from "./notices/Notices";

interface Props {
  order: WorkOrder;
  open: () => void;
  /** Only for an order that can be accepted; such a card is large. */
  accept?: () => void;
  isSoundPlaying?: boolean;
  silence?: () => void;
}

/** A work order in the list: what, where, and since when. */
export function WorkOrderCard({ order, open, accept, isSoundPlaying = false, silence }: Props) {
  const { t } = useTranslation("workOrders");
  const now = useNow();
  const { incident } = order;
  const title = localize(incident.title);
  return (
    <article className={`card card-${incident.level} ${accept ? "card-large" : ""}`} data-state={order.state}>
      {accept && isSoundPlaying && (
        <p className="card-new">
          <strong>{t("new_order")}</strong>
          <button onClick={silence}>{t("silence")}</button>
        </p>
      )}
      <button className="card-body" onClick={open}>
        <WorkOrderStatus order={order} />
        {order.rework_reason && (
          <span className="card-reason">{t("rework", { reason: reasonLabel(order.rework_reason) })}</span>
        )}
        <strong className="card-title">{title}</strong>
        <span className="card-place">{formatPlace(incident) || t("shared:place.unknown")}</span>
        <span className="card-message">{localize(incident.because)}</span>
        <span className="card-time">
          {t("started", { for: formatDuration(-millisecondsUntil(incident.first_at, now)) })}
        </span>
        {accept && <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={title} />}
      </button>
      {accept && (
        <button className="button-primary" onClick={accept}>
          {t("accept")}
        </button>
      )}
    </article>
  );
}

/** Level, state and deadline of a work order. */
export function WorkOrderStatus({ order }: { order: WorkOrder }) {
  const { t } = useTranslation("shared");
  return (
    <span className="card-header">
      <LevelBadge level={order.incident.level} />
      <span className="tag">{t(`state.${order.state}`)}</span>
      {order.due_at && <DueTag dueAt={order.due_at} isOverdue={order.overdue} kind="work_order" />}
    </span>
  );
}
