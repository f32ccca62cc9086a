import { Drawer, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import type { Reachability } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useConnection } from "../../shared/hooks/useConnection";
import { useNow } from "../../shared/hooks/useNow";
import { AreaSelect } from "../../shared/ui/AreaSelect";
import { hoursAhead } from "./hoursAhead";
import { NotificationLog } from "./NotificationLog";
import "./people.css";
import { PersonRow } from "./PersonRow";
import { useReachability } from "./queries";

/** Areas that are named above the list; all people are listed below. */
const SHOWN_AREAS = 8;

interface Props {
  /** Renders the settings of a person's channels, which belong to another feature. */
  renderChannels: (account: string) => ReactNode;
}

/** Who is on duty or at the desk, and whether they can be reached, now or later. */
export function PeoplePage({ renderChannels }: Props) {
  const { t } = useTranslation("people");
  const [params, setParams] = useSearchParams();
  const area = params.get("area") ?? "";
  const at = params.get("at") ?? "";
  const { data, error, isPending } = useReachability(area, at);
  const set = (changes: Record<string, string>): void => {
    // The address may be newer than the last rendering: a second change keeps the first.
    const latest = Object.fromEntries(new URLSearchParams(window.location.search));
    setParams(Object.fromEntries(Object.entries({ ...latest, ...changes }).filter(([, value]) => value)));
  };
  const isOffline = useConnection().state === "off";
  return (
    <main className="people">
      <header className="people-header">
        <h1>{t("title")}</h1>
        <AreaSelect
          code={area}
          change={(code) => set({ area: code })}
          placeholder={t("area")}
          data-filter="area"
        />
        <TimeSelect at={at} change={(later) => set({ at: later })} />
      </header>
      {error && <p role="alert">{errorMessage(error)}</p>}
      {isPending && <p>{t("shared:loading")}</p>}
      {data && <Summary reachability={data} isLater={at !== ""} isStale={error !== null || isOffline} />}
      {data && <UnreachableAreas reachability={data} />}
      {data && <People reachability={data} renderChannels={renderChannels} />}
      {data && <Robots reachability={data} />}
    </main>
  );
}

/** Now, or one of the full hours ahead, such as tonight. */
function TimeSelect({ at, change }: { at: string; change: (at: string) => void }) {
  const { t } = useTranslation("people");
  const now = useNow();
  const hours = hoursAhead(now).filter((hour) => hour !== at);
  return (
    <Select
      value={at}
      onChange={change}
      data-filter="at"
      aria-label={t("at")}
      options={["", ...(at ? [at] : []), ...hours].map((hour) => ({
        value: hour,
        label: hour ? formatTime(hour, now).replace(/:00$/, "") : t("now"),
      }))}
    />
  );
}

interface SummaryProps {
  reachability: Reachability;
  isLater: boolean;
  isStale: boolean;
}

function Summary({ reachability, isLater, isStale }: SummaryProps) {
  const { t } = useTranslation("people");
  const { reachable, total, at } = reachability;
  return (
    <p className="people-summary">
      {t(isLater ? "summary_later" : "summary", { reachable, total })}
      {isStale && <b> {t("stale", { at: new Date(at).toLocaleTimeString("en-GB") })}</b>}
    </p>
  );
}

function UnreachableAreas({ reachability }: { reachability: Reachability }) {
  const { t } = useTranslation("people");
  const areas = reachability.areas.filter((area) => area.reachable === 0);
  if (areas.length === 0) return null;
  return (
    <section className="people-unreachable" role="alert">
      <h2>{t("unreachable_areas", { count: reachability.unreachable_areas })}</h2>
      <ul>
        {areas.slice(0, SHOWN_AREAS).map((area) => (
          <li key={area.area}>
            <strong>{area.area_path.slice(-1)[0] ?? area.area}</strong>
            <span>{t("on_duty", { count: area.on_duty })}</span>
          </li>
        ))}
        {areas.length > SHOWN_AREAS && <li>{t("more_areas", { count: areas.length - SHOWN_AREAS })}</li>}
      </ul>
      <p>{t("unreachable_remedy")}</p>
    </section>
  );
}

function People({ reachability, renderChannels }: Props & { reachability: Reachability }) {
  const { t } = useTranslation("people");
  const [opened, setOpened] = useState("");
  const [edited, setEdited] = useState("");
  const { people, total } = reachability;
  if (people.length === 0) return <p>{t("none")}</p>;
  return (
    <section>
      <table>
        <thead>
          <tr>
            <th>{t("column.person")}</th>
            <th>{t("column.reach")}</th>
            <th>{t("column.since")}</th>
            <th>{t("column.channels")}</th>
            <th>
              <span className="visually-hidden">{t("column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <PersonRow
              key={person.account}
              person={person}
              openLog={() => setOpened(person.account)}
              openChannels={() => setEdited(person.account)}
            />
          ))}
        </tbody>
      </table>
      {people.length < total && <p>{t("more", { count: total - people.length })}</p>}
      {edited && (
        <Drawer open onClose={() => setEdited("")} title={t("channels_of", { account: edited })} size={460}>
          {renderChannels(edited)}
        </Drawer>
      )}
      {opened && <NotificationLog account={opened} close={() => setOpened("")} />}
    </section>
  );
}

function Robots({ reachability }: { reachability: Reachability }) {
  const { t } = useTranslation("people");
  if (reachability.robots.length === 0) return null;
  return (
    <section>
      <h2>{t("robots")}</h2>
      <ul className="people-robots">
        {reachability.robots.map((robot) => (
          <li key={robot.name}>
            <strong>{robot.name}</strong>
            <span>{t(`channel.${robot.kind}`)}</span>
            <span>{robot.area_path.slice(-1)[0] ?? robot.area}</span>
            <span>{t("robot.from", { level: t(`shared:level.${robot.min_level}`) })}</span>
            {robot.failed_at && <b className="channel-failing">{t("channel_state.failing")}</b>}
          </li>
        ))}
      </ul>
    </section>
  );
}
