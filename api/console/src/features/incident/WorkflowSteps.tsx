/** The six steps, each with who and when. */
import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { useNow } from "../../shared/hooks/useNow";
import { clock } from "../../shared/format/format";
import { actorOf } from "./Timeline";
import { placeInLoop } from "./workflow";

/** Draw the loop of an incident from left to right. */
export function LoopSteps({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  return (
    <ol className="loop">
      {placeInLoop(incident.state, incident.history).map(({ step, standing, by }) => (
        <li key={step} className={`loop-${standing}`} aria-current={standing === "now" ? "step" : undefined}>
          <strong>{t(`loop.${step}`)}</strong>
          <small>{by && `${actorOf(by.actor)} ${clock(by.at, now)}`}</small>
        </li>
      ))}
    </ol>
  );
}
