/** What has been said but not heard: waiting for the line, or refused. */
import { useTranslation } from "react-i18next";

import { trouble } from "../../../shared/format/errorMessage";
import type { Fate, Job } from "./outbox";

/** How many things wait, so that nobody does them twice. */
export function Waiting({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation("orders");
  if (jobs.length === 0) return null;
  return (
    <p className="phone-waiting" role="status">
      {t("waiting", { count: jobs.length })} · {t("waiting.here")}
    </p>
  );
}

/** What the centre has refused for good, until the worker has read it. */
export function Lost({ fates, dismiss }: { fates: Fate[]; dismiss: () => void }) {
  const { t } = useTranslation("orders");
  if (fates.length === 0) return null;
  return (
    <div className="phone-lost" role="alert">
      {fates.map(({ job, error }) => (
        <p key={job.key}>
          {t(job.said.action)}：{t("sent.lost", { why: error?.isStale ? t("lost.stale") : trouble(error) })}
        </p>
      ))}
      <button onClick={dismiss}>{t("dismiss")}</button>
    </div>
  );
}
