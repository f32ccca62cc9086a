import { useTranslation } from "react-i18next";

import { localize } from "../../../shared/format/format";
import type { Hindrance, Job } from "./outbox";

/** How many actions wait, and for what. */
export function PendingJobs({ jobs, hindrance }: { jobs: Job[]; hindrance: Hindrance | null }) {
  const { t } = useTranslation("workOrders");
  if (jobs.length === 0 || !hindrance) return null;
  return (
    <p className="outbox-pending" role="status">
      {t("pending", { count: jobs.length })} · {t(`pending.${hindrance}`)}
    </p>
  );
}

/** What the centre has refused, where it is now, and the way to dismiss it. */
export function RefusedJobs({ jobs, dismiss }: { jobs: Job[]; dismiss: (jobs: Job[]) => void }) {
  const { t } = useTranslation("workOrders");
  if (jobs.length === 0) return null;
  return (
    <div className="outbox-failed" role="alert">
      {jobs.map((job) => (
        <RefusedJob key={job.key} job={job} />
      ))}
      {jobs.every(({ handOver }) => handOver === "done") && (
        <button onClick={() => dismiss(jobs)}>{t("dismiss")}</button>
      )}
      {jobs.some(({ handOver }) => handOver === "impossible") && (
        <button onClick={() => dismiss(jobs.filter(({ handOver }) => handOver === "impossible"))}>
          {t("refused.delete")}
        </button>
      )}
    </div>
  );
}

function RefusedJob({ job: { action, handOver, refusal, title } }: { job: Job }) {
  const { t, i18n } = useTranslation("workOrders");
  const problem = `shared:problem.${refusal?.code ?? ""}`;
  const reason =
    refusal?.status === 409 ? t("refused.conflict") : i18n.exists(problem) ? t(problem) : (refusal?.detail ?? "");
  const isRecorded = action.action !== "accept";
  return (
    <p>
      <strong>{localize(title)}</strong> {t("refused", { action: t(action.action), reason })}
      {isRecorded && <span>{t(`refused.${handOver ?? "waiting"}`)}</span>}
      {handOver === "impossible" && action.action === "report" && <span>{action.note}</span>}
    </p>
  );
}
