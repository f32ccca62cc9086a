import { useTranslation } from "react-i18next";

import { errorMessage } from "../../../shared/format/errorMessage";
import type { Job, JobResult } from "./outbox";

/** How many actions wait for the network. */
export function PendingJobs({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation("workOrders");
  if (jobs.length === 0) return null;
  return (
    <p className="outbox-pending" role="status">
      {t("pending", { count: jobs.length })} · {t("pending.hint")}
    </p>
  );
}

/** The actions that the centre has refused, until the worker dismisses them. */
export function RefusedJobs({ results, dismiss }: { results: JobResult[]; dismiss: () => void }) {
  const { t } = useTranslation("workOrders");
  if (results.length === 0) return null;
  return (
    <div className="outbox-failed" role="alert">
      {results.map(({ job, error }) => (
        <p key={job.key}>
          {t("refused", {
            action: t(job.action.action),
            reason: error?.isConflict ? t("refused.conflict") : errorMessage(error),
          })}
        </p>
      ))}
      <button onClick={dismiss}>{t("dismiss")}</button>
    </div>
  );
}
