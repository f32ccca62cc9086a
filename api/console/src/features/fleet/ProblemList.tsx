import i18next from "i18next";
import { useTranslation } from "react-i18next";

import type { NodeProblem } from "../../api/types";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { alarmFigures } from "./alarmFigures";

/** What is not right with a node and its cameras, the worst first, each with what to do about it. */
export function ProblemList({ problems }: { problems: NodeProblem[] }) {
  return (
    <ul className="problem-list">
      {problems.map((problem) => (
        <li key={problem.code + problem.camera} className={`problem-${problem.condition}`}>
          <strong>
            {problem.camera && `${problem.camera_title} · `}
            {problemText(problem)}
          </strong>
          <small>{i18next.t(`fleet:remedy.${problem.code}`)}</small>
        </li>
      ))}
    </ul>
  );
}

/** Describe a problem with its figures; a camera's reason follows, if the node has given one. */
export function problemText({ code, detail, reasons }: NodeProblem): string {
  const text = i18next.t(`fleet:alarm.${code}`, { replace: alarmFigures(detail) });
  const parts = [text, ...reasons.map((each) => codeLabel("fleet", "reason", each))];
  return parts.join(i18next.t("fleet:because"));
}

/** How a node is, as shape, colour and word: the worst of its parts. */
export function ConditionBadge({ condition }: { condition: NodeProblem["condition"] }) {
  const { t } = useTranslation("fleet");
  return <span className={`status-badge condition-${condition}`}>{t(`condition.${condition}`)}</span>;
}
