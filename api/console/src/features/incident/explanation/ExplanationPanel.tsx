import { useTranslation } from "react-i18next";

import type { ExplanationStep, IncidentDetail } from "../../../api/types";
import { formatPercent, localize } from "../../../shared/format/format";
import { codeLabel } from "../../../shared/i18n/codeLabel";
import { explainStep } from "./explanation";

/** Why the alert was raised, step by step, and how its probability was determined. */
export function ExplanationPanel({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("explanation");
  const steps = incident.alerts.find(({ explain }) => explain.length > 0)?.explain ?? [];
  return (
    <section className="panel">
      <h3>{t("title")}</h3>
      <p className="alert-message">{localize(incident.because)}</p>
      {steps.length > 0 && (
        <ol className="explanation">
          {steps.map((step) => (
            <StepRow key={step.step} step={step} />
          ))}
        </ol>
      )}
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

function StepRow({ step }: { step: ExplanationStep }) {
  const { figures, reason } = explainStep(step);
  return (
    <li>
      <strong>{codeLabel("explanation", "step", step.step)}</strong>
      <span>{figures}</span>
      <span>{reason}</span>
    </li>
  );
}
