import { Button, Input, type InputRef, Select } from "antd";
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { IncidentState } from "../../api/types";
import { localize } from "../../shared/format/format";
import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { AreaSelect } from "../../shared/ui/AreaSelect";
import { hasStateFilter, isFiltered, type QueueFilter, TIMES } from "./filters";
import { useScenarios } from "./queries";

interface Props {
  filter: QueueFilter;
  change: (changes: Partial<QueueFilter>) => void;
  clear: () => void;
}

const STATES: IncidentState[] = [
  "new",
  "filed",
  "dispatched",
  "accepted",
  "handling",
  "feedback",
  "suspended",
  "closed",
  "archived",
  "rejected",
  "merged",
  "cancelled",
];
const RANGE = "range";

/**
 * Which incidents are listed: text, time, area, scenario, state, and the camera that a link has set.
 *
 * It is not drawn anew when a key moves to another incident.
 */
export const FilterBar = memo(function FilterBar({ filter, change, clear }: Props) {
  const { t } = useTranslation("queue");
  const { data: scenarios } = useScenarios();
  const options = (scenarios ?? []).map(({ key, title }) => ({ value: key, label: localize(title) }));
  return (
    <div className="queue-filters" role="search">
      <SearchField key={filter.q} q={filter.q} change={(q) => change({ q })} />
      <TimeSelect time={filter.time} change={(time) => change({ time })} />
      <AreaSelect
        size="small"
        placeholder={t("filter.area")}
        code={filter.area}
        change={(area) => change({ area })}
        data-filter="area"
      />
      <Select
        size="small"
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={260}
        aria-label={t("filter.scenario")}
        placeholder={t("filter.scenario")}
        value={filter.scenario || null}
        options={options}
        onChange={(scenario) => change({ scenario: scenario ?? "" })}
        data-filter="scenario"
      />
      {hasStateFilter(filter.view) && (
        <Select
          size="small"
          allowClear
          popupMatchSelectWidth={160}
          aria-label={t("filter.state")}
          placeholder={t("filter.state")}
          value={filter.state || null}
          options={STATES.map((state) => ({ value: state, label: t(`shared:state.${state}`) }))}
          onChange={(state) => change({ state: state ?? "" })}
          data-filter="state"
        />
      )}
      {filter.time.includes("~") && <RangeFields time={filter.time} change={(time) => change({ time })} />}
      {filter.camera && (
        <span className="tag queue-filter-camera">{t("filter.camera", { camera: filter.camera })}</span>
      )}
      {isFiltered(filter) && (
        <Button size="small" type="link" data-filter="clear" onClick={clear}>
          {t("filter.clear")}
        </Button>
      )}
    </div>
  );
});

/** How long nothing is typed before the list is asked for. */
const TYPING_MS = 300;

/** Search while typing. The slash key leads here. */
function SearchField({ q, change }: { q: string; change: (q: string) => void }) {
  const { t } = useTranslation("queue");
  const [text, setText] = useState(q);
  const field = useRef<InputRef>(null);
  const latest = useRef(change);
  useEffect(() => {
    latest.current = change;
  });
  useEffect(() => {
    if (text === q) return undefined;
    const timer = setTimeout(() => latest.current(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, q]);
  useHotkeys({ "/": () => field.current?.focus({ cursor: "all" }) });
  return (
    <Input
      ref={field}
      size="small"
      allowClear
      maxLength={64}
      className="queue-search"
      placeholder={t("filter.search")}
      aria-label={t("filter.search")}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onPressEnter={() => field.current?.blur()}
      data-filter="search"
    />
  );
}

function TimeSelect({ time, change }: { time: string; change: (time: string) => void }) {
  const { t } = useTranslation("queue");
  const options = [...TIMES, RANGE].map((name) => ({ value: name, label: t(`time.${name}`) }));
  return (
    <Select
      size="small"
      allowClear
      popupMatchSelectWidth={160}
      aria-label={t("filter.time")}
      placeholder={t("filter.time")}
      value={(time.includes("~") ? RANGE : time) || null}
      options={options}
      onChange={(name) => change(name === RANGE ? "~" : (name ?? ""))}
      data-filter="time"
    />
  );
}

function RangeFields({ time, change }: { time: string; change: (time: string) => void }) {
  const { t } = useTranslation("queue");
  const [since = "", until = ""] = time.split("~");
  return (
    <span className="queue-range">
      <Input
        size="small"
        type="datetime-local"
        aria-label={t("time.since")}
        value={since}
        onChange={(event) => change(`${event.target.value}~${until}`)}
      />
      –
      <Input
        size="small"
        type="datetime-local"
        aria-label={t("time.until")}
        value={until}
        onChange={(event) => change(`${since}~${event.target.value}`)}
      />
    </span>
  );
}
