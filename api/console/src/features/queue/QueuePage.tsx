/** The incident queue: the list on the left, the selected incident on the right. */
import { Alert, Button, Segmented } from "antd";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { errorMessage } from "../../shared/format/errorMessage";
import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { CoverageLine } from "./CoverageLine";
import { FilterBar } from "./FilterBar";
import { type View, VIEWS } from "./filters";
import { HotkeyTable } from "./HotkeyTable";
import { useIncidents, useViewCounts } from "./queries";
import "./queue.css";
import { QueueRows } from "./QueueRows";
import { moveSelection } from "./stableRows";
import { UnreachableLine } from "./UnreachableLine";
import { useFilter } from "./useFilter";
import { useSelection } from "./useSelection";
import { HOLD_MS, useHold, useStableRows } from "./useStableRows";

interface Props {
  /** Renders the selected incident, which belongs to another feature. */
  renderIncident: (id: string) => ReactNode;
  /** Loads incidents that will probably be selected next. */
  prefetch: (ids: string[]) => void;
}

/** The operator's main page. J and K move, Enter opens, N shows new incidents, / searches. */
export function QueuePage({ renderIncident, prefetch }: Props) {
  const { t } = useTranslation("queue");
  const { search } = useLocation();
  const { filter, change, clear } = useFilter();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const { isHeld, hold } = useHold();
  const query = useIncidents(filter);
  const incidents = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data]);
  const listName = JSON.stringify(filter);
  const { rows, newCount, showNew } = useStableRows(listName, incidents, isHeld);
  const ids = useMemo(() => rows.map(({ item }) => item.id), [rows]);
  const { selectedId, latestId, select, open } = useSelection(listName, ids);
  const move = (direction: 1 | -1): void => {
    hold(HOLD_MS.key);
    const nextId = moveSelection(rows, latestId.current, direction);
    if (nextId) select(nextId);
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => latestId.current && open(latestId.current),
    n: showNew,
    "?": () => setIsHelpOpen(true),
  });
  usePrefetchNeighbours(ids, selectedId, prefetch);
  return (
    <main className={`queue ${selectedId ? "queue-has-selection" : ""}`}>
      <section
        className="queue-list-pane"
        onPointerMove={() => hold(HOLD_MS.pointer)}
        onPointerLeave={() => hold(HOLD_MS.key)}
      >
        <Toolbar view={filter.view} setView={(view) => change({ view })} openHelp={() => setIsHelpOpen(true)} />
        <FilterBar filter={filter} change={change} clear={clear} />
        <CoverageLine />
        <UnreachableLine />
        {newCount > 0 && <NewItemsButton count={newCount} showNew={showNew} />}
        {query.error && !query.data && <Alert banner type="error" title={errorMessage(query.error)} />}
        <QueueRows
          key={listName}
          filter={filter}
          rows={rows}
          selectedId={selectedId}
          select={select}
          isLoading={query.isPending}
          loadMore={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
        />
      </section>
      <section className="queue-detail">
        <Link className="queue-back" to={{ pathname: "/queue", search }}>
          ← {t("back")}
        </Link>
        {selectedId ? renderIncident(selectedId) : <p className="page-message">{t("nothing_selected")}</p>}
      </section>
      <HotkeyTable isOpen={isHelpOpen} close={() => setIsHelpOpen(false)} />
    </main>
  );
}

/** Load the next two incidents and the previous one, so that a key press shows them at once. */
function usePrefetchNeighbours(ids: string[], selectedId: string | undefined, prefetch: (ids: string[]) => void): void {
  const index = selectedId ? ids.indexOf(selectedId) : -1;
  const neighbours = index < 0 ? [] : [ids[index + 1], ids[index + 2], ids[index - 1]];
  const wanted = neighbours.filter((id) => id !== undefined).join(" ");
  useEffect(() => {
    if (wanted) prefetch(wanted.split(" "));
  }, [wanted, prefetch]);
}

interface ToolbarProps {
  view: View;
  setView: (view: View) => void;
  openHelp: () => void;
}

function Toolbar({ view, setView, openHelp }: ToolbarProps) {
  const { t } = useTranslation("queue");
  const counts = useViewCounts();
  const label = (name: View): string => [t(`view.${name}`), counts[name]].filter(Boolean).join(" ");
  return (
    <div className="queue-toolbar">
      <h1 className="visually-hidden">{t("title")}</h1>
      <Segmented<View>
        value={view}
        onChange={setView}
        options={VIEWS.map((name) => ({ value: name, label: label(name) }))}
      />
      <Button type="text" aria-label={t("hotkeys")} title={t("hotkeys")} onClick={openHelp}>
        ?
      </Button>
    </div>
  );
}

function NewItemsButton({ count, showNew }: { count: number; showNew: () => void }) {
  const { t } = useTranslation("queue");
  return (
    <button className="queue-new-items" onClick={showNew}>
      ↑ {t("new", { count })} <kbd>N</kbd>
    </button>
  );
}
