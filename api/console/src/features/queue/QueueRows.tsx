/** The list of the queue, one incident a row. */
import { Button } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Incident } from "../../api/types";
import { LevelMark } from "../../shared/ui/LevelBadge";
import { useNow } from "../../shared/hooks/useNow";
import { percent, placeOf, say, stretch, until } from "../../shared/format/format";
import { Snapshot } from "../../shared/ui/Snapshot";
import { Due } from "../../shared/ui/DueTag";
import type { Row } from "./stableRows";
import type { View } from "./views";

interface Props {
  view: View;
  rows: Row<Incident>[];
  selected: string | undefined;
  select: (id: string) => void;
  isLoading: boolean;
  more: (() => void) | undefined;
}

/** Rows, or why there are none. */
export function QueueRows({ view, rows, selected, select, isLoading, more }: Props) {
  const { t } = useTranslation("queue");
  const now = useNow();
  if (isLoading) return <p className="note">{t("loading")}</p>;
  if (rows.length === 0) return <Empty view={view} />;
  return (
    <div className="queue-rows" role="listbox" aria-label={t("title")} tabIndex={0}>
      {rows.map((row) => (
        <QueueRow key={row.item.id} row={row} isSelected={row.item.id === selected} select={select} now={now} />
      ))}
      {more && (
        <Button type="text" block onClick={more}>
          {t("older")}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  row: Row<Incident>;
  isSelected: boolean;
  select: (id: string) => void;
  now: Date;
}

function QueueRow({ row: { item, isGone }, isSelected, select, now }: RowProps) {
  const { t } = useTranslation("queue");
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSelected) place.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  return (
    <div
      ref={place}
      role="option"
      aria-selected={isSelected}
      data-id={item.id}
      className={`row row-${item.level} ${isGone ? "row-gone" : ""}`}
      title={isGone ? t("gone") : undefined}
      onClick={() => select(item.id)}
    >
      <Snapshot snapshot={item.snapshot} boxes={item.boxes} title={say(item.title)} />
      <div className="row-words">
        <p className="row-head">
          <LevelMark level={item.level} />
          <strong>{say(item.title)}</strong>
          <span className="row-ago">{t("ago", { for: stretch(-until(item.last_at, now)) })}</span>
        </p>
        <p className="row-place" title={placeOf(item)}>
          {placeOf(item)}
        </p>
        <p className="row-because">{say(item.because)}</p>
        <Foot item={item} now={now} />
      </div>
    </div>
  );
}

function Foot({ item, now }: { item: Incident; now: Date }) {
  const { t } = useTranslation("queue");
  return (
    <p className="row-foot">
      <span className={`tag state-${item.state}`}>{t(`shared:state.${item.state}`)}</span>
      <span className="tag" title={t("probability")}>
        {percent(item.probability)}
      </span>
      {item.n_alerts > 1 && <span className="tag">{t("alerts", { n: item.n_alerts })}</span>}
      {item.exercise && <span className="tag tag-drill">{t("shared:exercise")}</span>}
      {item.late && <span className="tag">{t("shared:late")}</span>}
      <Due item={item} now={now} />
    </p>
  );
}

function Empty({ view }: { view: View }) {
  const { t } = useTranslation("queue");
  return (
    <div className="note">
      <p>{t(`empty.${view}`)}</p>
      {view !== "all" && <p>{t("empty.hint")}</p>}
    </div>
  );
}
