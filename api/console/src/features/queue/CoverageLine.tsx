import { Alert } from "antd";
import { useTranslation } from "react-i18next";

import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { useCoverage } from "./queries";

/** A red line while nobody is on duty somewhere, or will be within a day. */
export function CoverageLine() {
  const { t } = useTranslation("queue");
  const now = useNow();
  const coverage = useCoverage();
  const firstGap = coverage?.gaps[0];
  if (!coverage || firstGap?.kind !== "nobody") return null;
  const area = firstGap.area_path.at(-1) ?? firstGap.area;
  const isNow = coverage.nobody_now > 0;
  const count = isNow ? coverage.nobody_now : coverage.nobody_soon;
  const key = `${isNow ? "coverage_now" : "coverage_soon"}.${count === 1 ? "one" : "many"}`;
  const text = t(key, { count, area, at: formatTime(firstGap.starts_at, now) });
  return <Alert banner type="error" className="queue-coverage" title={text} />;
}
