/** The live queue: the list at the left, the selected incident at the right. */
import { Alert, Button, Segmented } from "antd";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate, useParams } from "react-router";

import { useKeys } from "../../shared/hooks/useHotkeys";
import { trouble } from "../../shared/format/errorMessage";
import { KeyTable } from "./HotkeyTable";
import { HOLD_MS, useBusy, useCounts, useIncidents, useSettledRows } from "./queries";
import "./queue.css";
import { QueueRows } from "./QueueRows";
import { stepFrom } from "./stableRows";
import { useView, type View, VIEWS } from "./views";

interface Props {
  /** Shows one incident; belongs to another feature. */
  detail: (id: string) => ReactNode;
}

/** The page of the operator; J and K move, Enter opens, N lets new ones in. */
export function QueuePage({ detail }: Props) {
  const { t } = useTranslation("queue");
  const { search } = useLocation();
  const [view, setView] = useView();
  const [help, setHelp] = useState(false);
  const { selected, hand, select, open } = useSelection();
  const { busy, touch } = useBusy();
  const asked = useIncidents(view);
  const fresh = useMemo(() => asked.data?.pages.flatMap((page) => page.items), [asked.data]);
  const { rows, waiting, reveal } = useSettledRows(view, fresh, busy);
  const step = (by: 1 | -1): void => {
    touch(HOLD_MS.key);
    const next = stepFrom(rows, hand.current, by);
    if (next) select(next);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => hand.current && open(hand.current),
    n: reveal,
    "?": () => setHelp(true),
  });
  useFirstSelected(selected, rows[0]?.item.id, select);
  return (
    <main className={`queue ${selected ? "queue-chosen" : ""}`}>
      <section
        className="queue-side"
        onPointerMove={() => touch(HOLD_MS.pointer)}
        onPointerLeave={() => touch(HOLD_MS.key)}
      >
        <Views view={view} setView={setView} help={() => setHelp(true)} />
        {waiting > 0 && <Fresh count={waiting} reveal={reveal} />}
        {asked.error && <Alert banner type="error" title={trouble(asked.error)} />}
        <QueueRows
          view={view}
          rows={rows}
          selected={selected}
          select={select}
          isLoading={asked.isPending}
          more={asked.hasNextPage ? () => void asked.fetchNextPage() : undefined}
        />
      </section>
      <section className="queue-detail">
        <Link className="queue-back" to={{ pathname: "/queue", search }}>
          ← {t("back")}
        </Link>
        {selected ? detail(selected) : <Pick />}
      </section>
      <KeyTable open={help} close={() => setHelp(false)} />
    </main>
  );
}

/**
 * The selected incident stands in the address; moving through the list leaves no history.
 *
 * `hand` is where the keys are: the page follows a moment later, and a fast hand loses no step.
 */
function useSelection() {
  const { id: selected } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const hand = useRef(selected);
  useEffect(() => {
    hand.current = selected;
  }, [selected]);
  const select = (id: string, replace = hand.current !== undefined): void => {
    hand.current = id;
    void navigate({ pathname: `/queue/${id}`, search }, { replace });
  };
  return { selected, hand, select, open: (id: string) => void navigate(`/incidents/${id}`) };
}

/** On a wide page something is always selected; on a narrow one the list comes first. */
function useFirstSelected(
  selected: string | undefined,
  first: string | undefined,
  select: (id: string, replace: boolean) => void,
): void {
  const isWide = matchMedia("(min-width: 900px)").matches;
  useEffect(() => {
    if (isWide && !selected && first) select(first, true);
  });
}

function Views({ view, setView, help }: { view: View; setView: (view: View) => void; help: () => void }) {
  const { t } = useTranslation("queue");
  const counts = useCounts();
  const label = (name: View): string => [t(`view.${name}`), counts[name]].filter(Boolean).join(" ");
  return (
    <div className="queue-views">
      <h1 className="visually-hidden">{t("title")}</h1>
      <Segmented<View>
        value={view}
        onChange={setView}
        options={VIEWS.map((name) => ({ value: name, label: label(name) }))}
      />
      <Button type="text" aria-label={t("keys")} title={t("keys")} onClick={help}>
        ?
      </Button>
    </div>
  );
}

function Fresh({ count, reveal }: { count: number; reveal: () => void }) {
  const { t } = useTranslation("queue");
  return (
    <button className="queue-fresh" onClick={reveal}>
      ↑ {t("fresh", { count })} <kbd>N</kbd>
    </button>
  );
}

function Pick() {
  const { t } = useTranslation("queue");
  return <p className="note">{t("pick")}</p>;
}
