/** One incident whole: the picture and what to do at once, the reasons and the way below. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError } from "../../api/errors";
import type { IncidentDetail } from "../../api/types";
import { useKeys } from "../../shared/hooks/useHotkeys";
import { say } from "../../shared/format/format";
import { Snapshot } from "../../shared/ui/Snapshot";
import { trouble } from "../../shared/format/errorMessage";
import { Alerts } from "./AlertList";
import { Calls } from "./DispatchPanel";
import { Clip } from "./ClipPlayer";
import { useIncident } from "./queries";
import { Facts } from "./IncidentFacts";
import { FieldReports } from "./FieldReports";
import { Head } from "./IncidentHeader";
import { History } from "./Timeline";
import "./incident.css";
import { LoopSteps } from "./WorkflowSteps";
import { Why } from "./explanation/ExplanationPanel";

interface Props {
  id: string;
  /** The whole page links back, the pane of the queue links to the page. */
  isPage?: boolean;
}

/** Load and show an incident; says so where it is missing or out of reach. */
export function IncidentView({ id, isPage = false }: Props) {
  const { t } = useTranslation("incident");
  const asked = useIncident(id);
  if (asked.data) return <Whole incident={asked.data} isPage={isPage} isOld={asked.isError} />;
  if (asked.isPending) return <p className="note">{t("loading")}</p>;
  const isMissing = asked.error instanceof ProblemError && [403, 404, 422].includes(asked.error.status);
  return (
    <div className="note" role="alert">
      <strong>{isMissing ? t("missing.title") : trouble(asked.error)}</strong>
      {isMissing && <span>{t("missing.why")}</span>}
    </div>
  );
}

function Whole({ incident, isPage, isOld }: { incident: IncidentDetail; isPage: boolean; isOld: boolean }) {
  const { t } = useTranslation("incident");
  return (
    <article className={`incident ${isPage ? "incident-page" : ""}`} data-state={incident.state}>
      {isOld && <p className="incident-old">{t("shared:error.offline")}</p>}
      <Head incident={incident} isPage={isPage} />
      <LoopSteps incident={incident} />
      <div className="incident-body">
        <div>
          <Picture incident={incident} />
          <Clip incident={incident} />
          <FieldReports orders={incident.orders} />
          {isPage && <Alerts incident={incident} />}
        </div>
        <div>
          <Why incident={incident} />
          <Calls incident={incident} />
          <History incident={incident} />
          <Facts incident={incident} />
        </div>
      </div>
    </article>
  );
}

function Picture({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [showBoxes, setShowBoxes] = useState(true);
  const toggle = (): void => setShowBoxes((is) => !is);
  useKeys({ b: toggle });
  return (
    <div className="incident-picture">
      <Snapshot
        snapshot={incident.snapshot}
        boxes={incident.boxes}
        title={say(incident.title)}
        showBoxes={showBoxes}
      />
      {incident.snapshot?.available && (
        <button className="incident-boxes" aria-pressed={showBoxes} onClick={toggle}>
          {t("boxes")} <kbd>B</kbd>
        </button>
      )}
    </div>
  );
}
