import i18next from "i18next";
import { useTranslation } from "react-i18next";

import type { IncidentDetail, TimelineItem } from "../../api/types";
import { formatPercent, formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { codeLabel } from "../../shared/i18n/codeLabel";

/** The history of the incident, newest first. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <section className="panel">
      <h3>{t("timeline")}</h3>
      <ol className="timeline">
        {incident.history.toReversed().map((item) => (
          <li key={`${item.at} ${item.action}`}>
            <time>{formatTime(item.at, now)}</time>
            <strong>{actorName(item.actor)}</strong>
            <span>{describeChange(item)}</span>
            {item.reason && <span className="muted">{describeReason(item)}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Return the account name, or the word for the system in the language of the page. */
export function actorName(actor: string): string {
  return actor === "system" ? i18next.t("incident:system") : actor;
}

/** Describe the reason by its parameters or its code; free text is shown as it is. */
function describeReason({ reason, detail }: TimelineItem): string {
  const { probability, from_level: from, to_level: to } = detail;
  if (typeof probability === "number") {
    return i18next.t("incident:reason.probability", { probability: formatPercent(probability) });
  }
  if (from && to) return `${i18next.t(`shared:level.${from}`)} → ${i18next.t(`shared:level.${to}`)}`;
  return codeLabel("incident", "reason", reason);
}

/** Name the new state, or the action if the state has not changed. */
function describeChange(item: TimelineItem): string {
  if (!item.to_state || item.to_state === item.from_state) return codeLabel("incident", "action", item.action);
  return i18next.t(`shared:state.${item.to_state}`);
}
