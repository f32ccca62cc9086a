import { useTranslation } from "react-i18next";

import type { FleetAlarm } from "../../api/types";
import { alarmFigures } from "./alarmFigures";
import { QueryNotice } from "./QueryNotice";
import { useAlarms, useNodes } from "./queries";
import { TimeAgo } from "./StatusBadge";

/** The alarms of the whole fleet, each with what to do about it. */
export function AlarmPanel() {
  const { t } = useTranslation("fleet");
  const query = useAlarms();
  const alarms = query.data?.items ?? [];
  return (
    <>
      <QueryNotice query={query} />
      {query.isSuccess && alarms.length === 0 && <NoAlarms />}
      {alarms.length > 0 && (
        <section className="alarm-panel" aria-label={t("alarms")}>
          <h2>{t("alarms")}</h2>
          <ul>
            {alarms.map((alarm) => (
              <li key={[alarm.node, alarm.camera, alarm.kind].join(" ")}>
                <strong>{[alarm.names.node, alarm.names.camera].filter(Boolean).join(" · ")}</strong>
                <span>
                  <AlarmText alarm={alarm} />
                </span>
                <small>
                  <TimeAgo at={alarm.since} />
                </small>
                <small>{t(`remedy.${alarm.kind}`)}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Without an alarm all is well only if every node says so. */
function NoAlarms() {
  const { t } = useTranslation("fleet");
  const { data, isSuccess } = useNodes();
  if (!data || !isSuccess) return <p className="alarm-none alarm-none-unknown">{t("alarms.none_unknown")}</p>;
  if (data.items.length === 0) return null;
  const n = data.items.filter(({ condition }) => condition !== "ok").length;
  if (n > 0) return <p className="alarm-none alarm-none-problems">{t("alarms.none_problems", { n })}</p>;
  return <p className="alarm-none">{t("alarms.none")}</p>;
}

/** The text of an alarm with its parameters. */
export function AlarmText({ alarm }: { alarm: FleetAlarm }) {
  const { t } = useTranslation("fleet");
  return <>{t(`alarm.${alarm.kind}`, alarmFigures(alarm.detail))}</>;
}
