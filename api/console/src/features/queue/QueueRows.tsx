import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { IncidentRow } from "../../api/types";
import { useNow } from "../../shared/hooks/useNow";
import type { QueueFilter } from "./filters";
import { isFiltered } from "./filters";
import { QueueRow } from "./QueueRow";
import type { Row } from "./stableRows";

interface Props {
  filter: QueueFilter;
  rows: Row<IncidentRow>[];
  selectedId: string | undefined;
  select: (id: string) => void;
  isLoading: boolean;
  /** Loads the next incidents; `undefined` if there are none. */
  loadMore: (() => void) | undefined;
}

const ROW_HEIGHT_PX = 117;
/** Rows beyond the visible ones, so that one key press finds its row already drawn. */
const OVERSCAN = 4;
/** The next incidents are loaded when so few rows are left. */
const LOAD_AHEAD = 20;

/** The rows of the queue, or why there are none. Only the visible ones are drawn. */
export function QueueRows({ filter, rows, selectedId, select, isLoading, loadMore }: Props) {
  const { t } = useTranslation("queue");
  const now = useNow();
  const list = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: (index) => rows[index]?.item.id ?? index,
    overscan: OVERSCAN,
  });
  const selectedIndex = rows.findIndex(({ item }) => item.id === selectedId);
  useEffect(() => {
    if (selectedIndex >= 0) virtualizer.scrollToIndex(selectedIndex, { align: "auto" });
  }, [virtualizer, selectedId, selectedIndex]);
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const isNearEnd = lastIndex >= rows.length - LOAD_AHEAD;
  useEffect(() => {
    if (isNearEnd) loadMore?.();
  }, [isNearEnd, loadMore]);
  if (isLoading) return <p className="page-message">{t("shared:loading")}</p>;
  if (rows.length === 0) return <EmptyQueue filter={filter} />;
  return (
    <div
      ref={list}
      className="queue-rows"
      role="listbox"
      aria-label={t("title")}
      aria-activedescendant={selectedIndex >= 0 ? `incident-${selectedId}` : undefined}
      tabIndex={0}
    >
      <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {items.map(({ index, start, key }) => {
          const row = rows[index];
          return (
            row && (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className="queue-row-frame"
                style={{ transform: `translateY(${start}px)` }}
              >
                <QueueRow
                  row={row}
                  position={index + 1}
                  size={rows.length}
                  isSelected={row.item.id === selectedId}
                  select={select}
                  now={now}
                />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function EmptyQueue({ filter }: { filter: QueueFilter }) {
  const { t } = useTranslation("queue");
  return (
    <div className="page-message">
      <p>{t(isFiltered(filter) ? "empty.filtered" : `empty.${filter.view}`)}</p>
      {filter.view !== "all" && !isFiltered(filter) && <p>{t("empty.hint")}</p>}
    </div>
  );
}
