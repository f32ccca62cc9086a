import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { IncidentRow } from "../../api/types";
import { formatDuration, formatPlace, localize, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { DueTag } from "../../shared/ui/DueTag";
import { LevelBadge } from "../../shared/ui/LevelBadge";
import { ProbabilityTag } from "../../shared/ui/ProbabilityTag";
import { Snapshot } from "../../shared/ui/Snapshot";
import type { Row } from "./stableRows";
import type { View } from "./views";

interface Props {
  view: View;
  rows: Row<IncidentRow>[];
  selectedId: string | undefined;
  select: (id: string) => void;
  isLoading: boolean;
  /** Loads older incidents; `undefined` if there are none. */
  loadMore: (() => void) | undefined;
}

/** The rows of the queue, or why there are none. */
export function QueueRows({ view, rows, selectedId, select, isLoading, loadMore }: Props) {
  const { t } = useTranslation("queue");
  const now = useNow();
  if (isLoading) return <p className="page-message">{t("shared:loading")}</p>;
  if (rows.length === 0) return <EmptyQueue view={view} />;
  return (
    <div className="queue-rows" role="listbox" aria-label={t("title")} tabIndex={0}>
      {rows.map((row) => (
        <QueueRow key={row.item.id} row={row} isSelected={row.item.id === selectedId} select={select} now={now} />
      ))}
      {loadMore && (
        <Button type="text" block onClick={loadMore}>
          {t("load_more")}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  row: Row<IncidentRow>;
  isSelected: boolean;
  select: (id: string) => void;
  now: Date;
}

function QueueRow({ row: { item: incident, isRemoved }, isSelected, select, now }: RowProps) {
  const { t } = useTranslation("queue");
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSelected) element.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  const sinceLastAlert = formatDuration(-millisecondsUntil(incident.last_at, now));
  return (
    <div
      ref={element}
      role="option"
      aria-selected={isSelected}
      data-id={incident.id}
      className={`queue-row queue-row-${incident.level} ${isRemoved ? "queue-row-removed" : ""}`}
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
        <p className="queue-row-message">{localize(incident.because)}</p>
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
      {incident.nobody_on_duty && <span className="tag tag-overdue">{t("nobody_on_duty")}</span>}
      {incident.exercise && <span className="tag tag-drill">{t("shared:drill")}</span>}
      {incident.late && <span className="tag">{t("shared:late")}</span>}
      <DueTag dueAt={incident.due_at} isOverdue={incident.overdue} kind={incident.due_kind} />
    </p>
  );
}

function EmptyQueue({ view }: { view: View }) {
  const { t } = useTranslation("queue");
  return (
    <div className="page-message">
      <p>{t(`empty.${view}`)}</p>
      {view !== "all" && <p>{t("empty.hint")}</p>}
    </div>
  );
}
