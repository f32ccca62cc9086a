/** An incident: snapshot and actions first, then reasons, people and history. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError } from "../../api/errors";
import type { IncidentDetail } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { localize } from "../../shared/format/format";
import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { Snapshot } from "../../shared/ui/Snapshot";
import { AlertList } from "./AlertList";
import { ClipPlayer } from "./ClipPlayer";
import { DispatchPanel } from "./DispatchPanel";
import { ExplanationPanel } from "./explanation/ExplanationPanel";
import { FieldRecords } from "./FieldRecords";
import { FieldReport, FieldReports, reportToVerify } from "./FieldReports";
import "./incident.css";
import { IncidentFacts } from "./IncidentFacts";
import { IncidentHeader } from "./IncidentHeader";
import { useIncident } from "./queries";
import { RelatedIncidents } from "./RelatedIncidents";
import { Timeline } from "./Timeline";
import { WorkflowSteps } from "./WorkflowSteps";

interface Props {
  id: string;
  /** Whether it fills a page; otherwise it is the detail pane of the queue. */
  isPage?: boolean;
  /** Shown below the facts. */
  records?: ReactNode;
}

/** Load and show an incident, or say that it does not exist or cannot be loaded. */
export function IncidentView({ id, isPage = false, records }: Props) {
  const { t } = useTranslation("incident");
  const query = useIncident(id);
  if (query.data) return <Incident incident={query.data} isPage={isPage} records={records} />;
  if (query.isPending) return <p className="page-message">{t("shared:loading")}</p>;
  const isMissing = query.error instanceof ProblemError && [403, 404, 422].includes(query.error.status);
  return (
    <div className="page-message" role="alert">
      <strong>{isMissing ? t("missing.title") : errorMessage(query.error)}</strong>
      {isMissing && <span>{t("missing.detail")}</span>}
    </div>
  );
}

function Incident({ incident, isPage, records }: { incident: IncidentDetail; isPage: boolean; records: ReactNode }) {
  const toVerify = reportToVerify(incident.orders);
  const classes = ["incident", isPage && "incident-page", toVerify && "incident-to-verify"].filter(Boolean);
  return (
    <article className={classes.join(" ")} data-id={incident.id} data-state={incident.state}>
      <IncidentHeader incident={incident} isPage={isPage} />
      <WorkflowSteps incident={incident} />
      {toVerify && (
        <div className="incident-comparison">
          <SnapshotPanel incident={incident} />
          <FieldReport order={toVerify} />
        </div>
      )}
      <div className="incident-body">
        <div>
          {!toVerify && <SnapshotPanel incident={incident} />}
          <ClipPlayer incident={incident} />
          <FieldReports orders={incident.orders} />
          <FieldRecords records={incident.field_records} />
          {isPage && <AlertList incident={incident} />}
        </div>
        <div>
          <ExplanationPanel incident={incident} />
          <RelatedIncidents incident={incident} />
          <DispatchPanel incident={incident} />
          <Timeline incident={incident} />
          <IncidentFacts incident={incident} />
          {records}
        </div>
      </div>
    </article>
  );
}

function SnapshotPanel({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [showBoxes, setShowBoxes] = useState(true);
  const toggleBoxes = (): void => setShowBoxes((shown) => !shown);
  useHotkeys({ b: toggleBoxes });
  return (
    <div className="incident-snapshot">
      <Snapshot
        snapshot={incident.snapshot}
        boxes={incident.boxes}
        title={localize(incident.title)}
        showBoxes={showBoxes}
        showCaption
        deletedAt={incident.evidence_deleted_at}
      />
      {incident.snapshot?.available && (
        <button className="incident-boxes-toggle" aria-pressed={showBoxes} onClick={toggleBoxes}>
          {t("boxes")} <kbd>B</kbd>
        </button>
      )}
    </div>
  );
}
