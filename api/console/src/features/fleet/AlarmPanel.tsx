import { useTranslation } from "react-i18next";

import type { FleetAlarm } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatDuration } from "../../shared/format/format";
import { useAlarms } from "./queries";
import { TimeAgo } from "./StatusBadge";

/** The alarms of the whole fleet, each with what to do about it. */
export function AlarmPanel() {
  const { t } = useTranslation("fleet");
  const { data, error } = useAlarms();
  if (error) return <p role="alert">{errorMessage(error)}</p>;
  if (!data) return null;
  if (data.items.length === 0) return <p className="alarm-none">{t("alarms.none")}</p>;
  return (
    <section className="alarm-panel" aria-label={t("alarms")}>
      <h2>{t("alarms")}</h2>
      <ul>
        {data.items.map((alarm) => (
          <li key={[alarm.node, alarm.camera, alarm.kind].join(" ")}>
            <strong>{[alarm.node, alarm.camera].filter(Boolean).join(" · ")}</strong>
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
  );
}

/** The text of an alarm with its parameters. */
export function AlarmText({ alarm }: { alarm: FleetAlarm }) {
  const { t } = useTranslation("fleet");
  const skew = formatDuration(Math.abs(Number(alarm.detail.skew_s ?? 0)) * 1000);
  return <>{t(`alarm.${alarm.kind}`, { ...alarm.detail, skew })}</>;
}
