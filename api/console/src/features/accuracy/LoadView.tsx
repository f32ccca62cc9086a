import { useTranslation } from "react-i18next";

import type { AlarmLoad } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { useAlarmLoad } from "./queries";
import { formatShare } from "./share";

const WIDTH = 640;
const HEIGHT = 90;
const HOUR_MS = 3_600_000;

/** How many alarms operators get, beside the norm of ISA-18.2 and EEMUA 191. */
export function LoadView() {
  const { t } = useTranslation("accuracy");
  const { data, error, isPending } = useAlarmLoad();
  if (isPending) return <p className="page-message">{t("shared:loading")}</p>;
  if (!data) return <p className="page-message">{errorMessage(error)}</p>;
  const rows: [string, string, boolean][] = [
    ["per_operator_hour", data.per_operator_hour.toFixed(2), data.per_operator_hour <= 6],
    ["most_in_10_min", String(data.most_in_10_min), data.most_in_10_min <= 10],
    ["share_above_10", formatShare(data.share_above_10), data.share_above_10 <= 0.01],
    ["share_busy_hours", formatShare(data.share_busy_hours), data.share_busy_hours <= 0.01],
    ["flood_share", formatShare(data.flood_share), data.flood_share <= 0.01],
    ["top_share", formatShare(data.top_share), data.top_share <= 0.05],
    ["standing", String(data.standing), data.standing < 5],
  ];
  return (
    <section className="load">
      <p className="muted">{t("load.hint", { n: data.alarms, desks: data.desks.length, hours: Math.round(data.hours) })}</p>
      <div className="table-scroll">
        <table>
          <thead>
            <tr>
              <th>{t("load.figure")}</th>
              <th>{t("load.value")}</th>
              <th>{t("load.norm")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, value, isMet]) => (
              <tr key={name} data-figure={name}>
                <th scope="row">{t(`load.${name}`)}</th>
                <td>
                  <span className={isMet ? "" : "tag tag-overdue"}>{value}</span>
                </td>
                <td className="muted">{t(`load.${name}.norm`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <HourChart load={data} />
      <Sources title={t("load.top")} sources={data.top_sources} />
      <Sources title={t("load.chattering")} sources={data.chattering} />
    </section>
  );
}

function HourChart({ load }: { load: AlarmLoad }) {
  const { t } = useTranslation("accuracy");
  const { since, hours, by_hour: byHour } = load;
  if (byHour.length === 0) return null;
  const most = Math.max(...byHour.map(({ n }) => n));
  const hourOf = (start: string): number => Math.max(0, (Date.parse(start) - Date.parse(since)) / HOUR_MS);
  return (
    <figure className="hours">
      <figcaption className="muted">{t("load.by_hour", { most })}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("load.by_hour", { most })}>
        <line className="chart-axis" x1={0} x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        {byHour.map(({ start, n }) => (
          <rect
            key={start}
            x={(WIDTH * hourOf(start)) / hours}
            y={HEIGHT * (1 - n / most)}
            width={Math.max(1, WIDTH / hours)}
            height={(HEIGHT * n) / most}
          >
            <title>{`${start}: ${n}`}</title>
          </rect>
        ))}
      </svg>
    </figure>
  );
}

function Sources({ title, sources }: { title: string; sources: AlarmLoad["top_sources"] }) {
  if (sources.length === 0) return null;
  return (
    <div>
      <h2>{title}</h2>
      <ol className="sources">
        {sources.map(({ source, n, share }) => (
          <li key={source}>
            {source} <span className="muted">{`${n} · ${formatShare(share)}`}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
