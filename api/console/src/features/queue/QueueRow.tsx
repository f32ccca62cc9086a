import { useTranslation } from "react-i18next";

import type { IncidentRow } from "../../api/types";
import { formatDuration, formatPlace, localize, millisecondsUntil } from "../../shared/format/format";
import { DueTag } from "../../shared/ui/DueTag";
import { LevelBadge } from "../../shared/ui/LevelBadge";
import { ProbabilityTag } from "../../shared/ui/ProbabilityTag";
import { Snapshot } from "../../shared/ui/Snapshot";
import type { Row } from "./stableRows";

interface Props {
  row: Row<IncidentRow>;
  /** Number of the row in the list, from 1, and how many there are. */
  position: number;
  size: number;
  isSelected: boolean;
  select: (id: string) => void;
  now: Date;
}

/** One incident. What nobody can be called for stands out most. */
export function QueueRow({ row: { item: incident, isRemoved }, position, size, isSelected, select, now }: Props) {
  const { t } = useTranslation("queue");
  const sinceLastAlert = formatDuration(-millisecondsUntil(incident.last_at, now));
  const urgency = incident.nobody_on_duty ? "queue-row-alarming" : incident.overdue ? "queue-row-overdue" : "";
  return (
    <div
      id={`incident-${incident.id}`}
      role="option"
      aria-selected={isSelected}
      aria-posinset={position}
      aria-setsize={size}
      data-id={incident.id}
      className={`queue-row queue-row-${incident.level} ${urgency} ${isRemoved ? "queue-row-removed" : ""}`}
      title={isRemoved ? t("removed") : undefined}
      onClick={() => select(incident.id)}
    >
      <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={localize(incident.title)} />
      <div className="queue-row-text">
        <p className="queue-row-header">
          <LevelBadge level={incident.level} />
          <strong>{localize(incident.title)}</strong>
          <span className="queue-row-time">{t("shared:ago", { for: sinceLastAlert })}</span>
        </p>
        <p className="queue-row-place" title={formatPlace(incident)}>
          {formatPlace(incident)}
        </p>
        {incident.nobody_on_duty ? (
          <p className="queue-row-alarm">{t("nobody_to_call")}</p>
        ) : (
          <p className="queue-row-message">{localize(incident.because)}</p>
        )}
        <RowFooter incident={incident} />
      </div>
    </div>
  );
}

function RowFooter({ incident }: { incident: IncidentRow }) {
  const { t } = useTranslation("queue");
  return (
    <p className="queue-row-footer">
      <span className="tag">{t(`shared:state.${incident.state}`)}</span>
      <ProbabilityTag incident={incident} />
      {incident.n_alerts > 1 && <span className="tag">{t("alerts", { n: incident.n_alerts })}</span>}
      {incident.exercise && <span className="tag tag-drill">{t("shared:drill")}</span>}
      {incident.late && <span className="tag">{t("shared:late")}</span>}
      <DueTag dueAt={incident.due_at} isOverdue={incident.overdue} kind={incident.due_kind} />
    </p>
  );
}
