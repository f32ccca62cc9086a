import type { Text } from "../../api/types";
import { formatDuration, formatList, formatPercent, localize } from "../../shared/format/format";
import { codeLabel } from "../../shared/i18n/codeLabel";

/** The figures of an alarm or problem as its text shows them. */
export function alarmFigures(detail: Record<string, unknown>): Record<string, unknown> {
  const figures: Record<string, unknown> = {
    ...detail,
    skew: formatDuration(Math.abs(Number(detail.skew_s ?? 0)) * 1000),
  };
  if (typeof detail.share === "number") figures.share = formatPercent(detail.share);
  if (typeof detail.cause === "string") figures.cause = codeLabel("fleet", "blind", detail.cause);
  if (Array.isArray(detail.scenarios)) figures.scenarios = formatList(detail.scenarios.map(String));
  if (Array.isArray(detail.titles)) figures.scenarios = formatList((detail.titles as Text[]).map(localize));
  return figures;
}
