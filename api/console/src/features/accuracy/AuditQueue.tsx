import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { AuditIncident, AuditVerdict } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime, localize } from "../../shared/format/format";
import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { useNow } from "../../shared/hooks/useNow";
import { Snapshot } from "../../shared/ui/Snapshot";
import { useAuditQueue, useJudge, useScenarioTitles } from "./queries";

/** Keys of the reasons, in their order; Y stands for true, U for undo. */
const KEYS = "123456789qwertiop";

/**
 * Judge drawn incidents one after the other, without their score and what others said.
 *
 * By keys alone: Y if it is true, the key of a reason if it is not, U to take the last verdict back.
 */
export function AuditQueue() {
  const { t } = useTranslation("accuracy");
  const { data, error, isPending } = useAuditQueue();
  const [lastJudged, setLastJudged] = useState<string | null>(null);
  const { judge, undo, isPending: isSending } = useJudge();
  const undoLast = (): void => {
    if (lastJudged) undo(lastJudged, () => setLastJudged(null));
  };
  useHotkeys({ u: undoLast });
  if (isPending) return <p className="page-message">{t("shared:loading")}</p>;
  if (error && !data) return <p className="page-message">{errorMessage(error)}</p>;
  const next = data?.next;
  return (
    <section className="audit">
      <p className="muted">{t("audit.hint", { count: data?.waiting ?? 0 })}</p>
      {lastJudged && (
        <Button className="audit-undo" size="small" disabled={isSending} onClick={undoLast}>
          <kbd>U</kbd> {t("audit.undo")}
        </Button>
      )}
      {next ? (
        <AuditedIncident
          key={next.incident}
          incident={next}
          isSending={isSending}
          judge={(verdict) => judge(next.incident, verdict, () => setLastJudged(next.incident))}
        />
      ) : (
        <p className="page-message">{t("audit.empty")}</p>
      )}
    </section>
  );
}

interface AuditedIncidentProps {
  incident: AuditIncident;
  isSending: boolean;
  judge: (verdict: AuditVerdict) => void;
}

function AuditedIncident({ incident, isSending, judge }: AuditedIncidentProps) {
  const { t } = useTranslation("accuracy");
  const now = useNow();
  const title = useScenarioTitles().get(incident.scenario);
  const name = title ? localize(title) : incident.scenario;
  const confirm = (): void => judge({ verdict: { value: "true" }, note: "" });
  const reasons = incident.reasons.map((reason, index) => ({
    reason,
    key: KEYS[index] ?? "",
    choose: (): void => judge({ verdict: { reason_code: reason }, note: "" }),
  }));
  useHotkeys({ y: confirm, ...Object.fromEntries(reasons.map(({ key, choose }) => [key, choose])) });
  const { camera, address } = incident.names;
  return (
    <article className="audit-incident" data-incident={incident.incident}>
      <div className="audit-pictures">
        <AuditPictures incident={incident} title={name} />
      </div>
      <div className="audit-question">
        <h2>{name}</h2>
        <p>
          {[camera, address].filter(Boolean).join(" · ")} · {formatTime(incident.opened_at, now)}
        </p>
        {incident.message && <p className="muted">{localize(incident.message)}</p>}
        {incident.is_decision && <p className="tag">{t("audit.decision")}</p>}
        <Button type="primary" block disabled={isSending} onClick={confirm}>
          <kbd>Y</kbd> {t("audit.true")}
        </Button>
        <ul>
          {reasons.map(({ reason, key, choose }) => (
            <li key={reason}>
              <Button block disabled={isSending} onClick={choose} data-reason={reason}>
                <kbd>{key.toUpperCase()}</kbd> {t(`incident:reason.${reason}`)}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </article>
  );
}

function AuditPictures({ incident, title }: { incident: AuditIncident; title: string }) {
  const { t } = useTranslation("accuracy");
  const picture = incident.evidence.find(({ kind }) => kind === "snapshot");
  const clip = incident.evidence.find(({ kind }) => kind === "clip");
  return (
    <>
      <Snapshot
        snapshot={picture ? { sha256: picture.sha256, available: picture.is_available } : null}
        boxes={incident.boxes}
        title={title}
      />
      {clip?.is_available && (
        <video src={evidenceUrl(clip.sha256)} controls muted playsInline preload="none" aria-label={t("audit.clip")} />
      )}
    </>
  );
}
