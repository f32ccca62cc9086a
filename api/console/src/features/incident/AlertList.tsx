/** The alerts that make up the incident. */
import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { LevelMark } from "../../shared/ui/LevelBadge";
import { useNow } from "../../shared/hooks/useNow";
import { clock, percent, say } from "../../shared/format/format";
import { wordsOf } from "../../shared/i18n/codeLabel";

/** Each with when, how it came to this incident, and its raw score. */
export function Alerts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <section className="block">
      <h3>{t("alerts")}</h3>
      <ul className="alerts">
        {incident.alerts.map((alert) => (
          <li key={alert.alert_id}>
            <LevelMark level={alert.level} />
            <time>{clock(alert.opened_at, now)}</time>
            <span>{say(alert.because)}</span>
            <span className="quiet">
              {wordsOf("how", alert.how)} · {t("alert.rev", { n: alert.rev })} · {t("alert.score", { n: percent(alert.score) })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
