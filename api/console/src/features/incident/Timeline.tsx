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
            {item.reason && <span className="muted">{describeReason(item.reason)}</span>}
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

/** Label a reason code; free text is shown as it is. */
function describeReason(reason: string): string {
  const probability = /^P = ([\d.]+)$/.exec(reason)?.[1];
  if (!probability) return codeLabel("incident", "reason", reason);
  return i18next.t("incident:reason.probability", { probability: formatPercent(Number(probability)) });
}

function describeChange(item: TimelineItem): string {
  if (!item.to_state || item.to_state === item.from_state) return codeLabel("incident", "action", item.action);
  return i18next.t(`shared:state.${item.to_state}`);
}
