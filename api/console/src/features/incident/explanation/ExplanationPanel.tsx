import { useTranslation } from "react-i18next";

import type { ExplanationStep, IncidentDetail } from "../../../api/types";
import { formatPercent, formatTime, localize } from "../../../shared/format/format";
import { useNow } from "../../../shared/hooks/useNow";
import { codeLabel } from "../../../shared/i18n/codeLabel";
import { explainStep } from "./explanation";

/** Why the alert was raised, step by step, and how its probability was determined. */
export function ExplanationPanel({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("explanation");
  return (
    <section className="panel">
      <h3>{t("title")}</h3>
      <AlertReason incident={incident} />
      {incident.reasons.length > 0 && (
        <>
          <h3>{t("probability", { probability: formatPercent(incident.probability) })}</h3>
          <ul className="score-reasons">
            {incident.reasons.map((reason) => (
              <li key={reason.en}>{localize(reason)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** The reason at the moment of the picture, so that both agree; then what has been reported since. */
function AlertReason({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("explanation");
  const now = useNow();
  const lead = incident.alerts.find(({ alert_id: id }) => id === incident.lead_alert);
  const content = incident.snapshot?.content;
  const reported = content?.explain.length ? content.explain : (lead?.explain ?? []);
  const steps = reported.filter(({ hold }) => hold?.duration_s !== 0);
  const [reason, latest] = [localize(incident.because), localize(incident.latest)];
  return (
    <>
      <p className="alert-message">{reason}</p>
      {content && <p className="muted">{t("taken_at", { time: formatTime(content.taken_at, now) })}</p>}
      {steps.length > 0 && (
        <ol className="explanation">
          {steps.map((step) => (
            <StepRow key={step.step} step={step} zone={step.reason === incident.zone ? incident.names.zone : ""} />
          ))}
        </ol>
      )}
      {lead && reason !== latest && (
        <p className="alert-latest">
          {t(lead.closed_at ? "ended" : "latest", { time: formatTime(lead.observed_at, now), reason: latest })}
        </p>
      )}
    </>
  );
}

/** A step; `zone` is the display name of the zone that its reason names, if it names one. */
function StepRow({ step, zone }: { step: ExplanationStep; zone: string }) {
  const { figures, reason } = explainStep(step);
  return (
    <li>
      <strong>{codeLabel("explanation", "step", step.step)}</strong>
      <span>{figures}</span>
      <span>{zone || reason}</span>
    </li>
  );
}
