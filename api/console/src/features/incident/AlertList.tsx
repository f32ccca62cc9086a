import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { formatPercent, formatTime, localize } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { LevelBadge } from "../../shared/ui/LevelBadge";

/** The alerts of the incident: time, message, how each was assigned, and its raw score. */
export function AlertList({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <section className="panel">
      <h3>{t("alerts")}</h3>
      <ul className="alert-list">
        {incident.alerts.map((alert) => (
          <li key={alert.alert_id}>
            <LevelBadge level={alert.level} />
            <time>{formatTime(alert.opened_at, now)}</time>
            <span>{localize(alert.because)}</span>
            <span className="muted">
              {[
                codeLabel("incident", "assignment", alert.how),
                t("alert.revision", { n: alert.rev }),
                t("alert.score", { score: formatPercent(alert.score) }),
              ].join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
