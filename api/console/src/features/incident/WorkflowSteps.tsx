import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { actorName } from "./Timeline";

/** The six steps of the closed loop, each with who completed it and when. */
export function WorkflowSteps({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <ol className="workflow">
      {incident.workflow.map(({ step, status, completed_at: completedAt, completed_by: completedBy }) => (
        <li key={step} className={`workflow-${status}`} aria-current={status === "current" ? "step" : undefined}>
          <strong>{t(`workflow.${step}`)}</strong>
          <small>{completedAt && completedBy && `${actorName(completedBy)} ${formatTime(completedAt, now)}`}</small>
        </li>
      ))}
    </ol>
  );
}
