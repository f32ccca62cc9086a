/** The incident queue: the list on the left, the selected incident on the right. */
import { Alert, Button, Segmented } from "antd";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate, useParams } from "react-router";

import { errorMessage } from "../../shared/format/errorMessage";
import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { CoverageLine } from "./CoverageLine";
import { HotkeyTable } from "./HotkeyTable";
import { useIncidents, useViewCounts } from "./queries";
import "./queue.css";
import { QueueRows } from "./QueueRows";
import { moveSelection } from "./stableRows";
import { HOLD_MS, useHold, useStableRows } from "./useStableRows";
import { useView, type View, VIEWS } from "./views";

interface Props {
  /** Renders the selected incident, which belongs to another feature. */
  renderIncident: (id: string) => ReactNode;
}

/** The operator's main page. J and K move, Enter opens, N shows new incidents. */
export function QueuePage({ renderIncident }: Props) {
  const { t } = useTranslation("queue");
  const { search } = useLocation();
  const [view, setView] = useView();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const { selectedId, latestId, select, open } = useSelection();
  const { isHeld, hold } = useHold();
  const query = useIncidents(view);
  const incidents = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data]);
  const { rows, newCount, showNew } = useStableRows(view, incidents, isHeld);
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
  useSelectFirst(selectedId, rows[0]?.item.id, select);
  return (
    <main className={`queue ${selectedId ? "queue-has-selection" : ""}`}>
      <section
        className="queue-list-pane"
        onPointerMove={() => hold(HOLD_MS.pointer)}
        onPointerLeave={() => hold(HOLD_MS.key)}
      >
        <Toolbar view={view} setView={setView} openHelp={() => setIsHelpOpen(true)} />
        <CoverageLine />
        {newCount > 0 && <NewItemsButton count={newCount} showNew={showNew} />}
        {query.error && <Alert banner type="error" title={errorMessage(query.error)} />}
        <QueueRows
          view={view}
          rows={rows}
          selectedId={selectedId}
          select={select}
          isLoading={query.isPending}
          loadMore={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
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

/**
 * Keep the selected incident in the address. Moving through the list adds no browser history.
 *
 * `latestId` is ahead of `selectedId` until the page has rendered, so that fast key presses lose no step.
 */
function useSelection() {
  const { id: selectedId } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const latestId = useRef(selectedId);
  useEffect(() => {
    latestId.current = selectedId;
  }, [selectedId]);
  const select = (id: string, replace = latestId.current !== undefined): void => {
    latestId.current = id;
    void navigate({ pathname: `/queue/${id}`, search }, { replace });
  };
  return { selectedId, latestId, select, open: (id: string) => void navigate(`/incidents/${id}`) };
}

/** Select the first row on a wide screen; a narrow one shows the list first. */
function useSelectFirst(
  selectedId: string | undefined,
  firstId: string | undefined,
  select: (id: string, replace: boolean) => void,
): void {
  const isWide = matchMedia("(min-width: 900px)").matches;
  useEffect(() => {
    if (isWide && !selectedId && firstId) select(firstId, true);
  });
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
