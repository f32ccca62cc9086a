/** Why it was raised, and why it is thought to be true. */
import { useTranslation } from "react-i18next";

import type { AlertItem, IncidentDetail, Step } from "../../../api/types";
import { percent, say } from "../../../shared/format/format";
import { explained } from "./explanation";
import { wordsOf } from "../../../shared/i18n/codeLabel";

/** The sentence, the steps that led to it, and the grounds of the probability. */
export function Why({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const lead: AlertItem | undefined = incident.alerts.find(({ explain }) => explain.length > 0);
  return (
    <section className="block">
      <h3>{t("why")}</h3>
      <p className="because">{say(incident.because)}</p>
      {lead && <Steps steps={lead.explain} />}
      <h3>{t("reasons", { probability: percent(incident.probability) })}</h3>
      <ul className="grounds">
        {incident.reasons.map((reason) => (
          <li key={reason.en}>{say(reason)}</li>
        ))}
      </ul>
    </section>
  );
}

function Steps({ steps }: { steps: Step[] }) {
  return (
    <ol className="explain">
      {steps.map((step) => (
        <StepRow key={step.step} step={step} />
      ))}
    </ol>
  );
}

function StepRow({ step }: { step: Step }) {
  const { figures, grounds } = explained(step);
  return (
    <li>
      <strong>{wordsOf("step", step.step)}</strong>
      <span>{figures}</span>
      <span>{grounds}</span>
    </li>
  );
}
