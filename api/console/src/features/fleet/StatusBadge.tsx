/** Small parts of the fleet page: a status, a time, a metric. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { codeLabel } from "../../shared/i18n/codeLabel";

/** A status as shape, colour and word. An unknown status is shown by its code. */
export function StatusBadge({ status }: { status: string }) {
  return <span className={`status-badge status-${status}`}>{codeLabel("fleet", "status", status)}</span>;
}

/** The time since a moment, with the exact time as a tooltip. `none` is the message if there is no moment. */
export function TimeAgo({ at, none = "never" }: { at: string | null; none?: string }) {
  const { t } = useTranslation("fleet");
  const now = useNow();
  if (!at) return <>{t(none)}</>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {t("shared:ago", { for: formatDuration(-millisecondsUntil(at, now)) })}
    </time>
  );
}

/** A metric with its name. `isBad` marks one for which the centre has raised an alarm. */
export function Metric({ name, isBad = false, children }: { name: string; isBad?: boolean; children: ReactNode }) {
  const { t } = useTranslation("fleet");
  return (
    <div className={isBad ? "metric metric-bad" : "metric"}>
      <dt>{t(`metric.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}
