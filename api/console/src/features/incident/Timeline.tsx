/** Everything that happened to it, newest first. */
import i18next from "i18next";
import { useTranslation } from "react-i18next";

import type { HistoryItem, IncidentDetail } from "../../api/types";
import { useNow } from "../../shared/hooks/useNow";
import { clock, percent } from "../../shared/format/format";
import { wordsOf } from "../../shared/i18n/codeLabel";

/** The lines of the audit log that speak of this incident. */
export function History({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <section className="block">
      <h3>{t("history")}</h3>
      <ol className="history">
        {incident.history.toReversed().map((line) => (
          <li key={`${line.at} ${line.action}`}>
            <time>{clock(line.at, now)}</time>
            <strong>{actorOf(line.actor)}</strong>
            <span>{changeOf(line)}</span>
            {line.reason && <span className="quiet">{reasonOf(line.reason)}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The name of who did it; the system is named in the language of the page. */
export function actorOf(actor: string): string {
  return actor === "system" ? i18next.t("incident:system") : actor;
}

/** A reason by code or in words; the system gives the probability that made it decide. */
function reasonOf(reason: string): string {
  const probability = /^P = ([\d.]+)$/.exec(reason)?.[1];
  if (!probability) return wordsOf("reason", reason);
  return i18next.t("incident:reason.probability", { probability: percent(Number(probability)) });
}

function changeOf(line: HistoryItem): string {
  if (!line.to_state || line.to_state === line.from_state) return wordsOf("action", line.action);
  return i18next.t(`shared:state.${line.to_state}`);
}
