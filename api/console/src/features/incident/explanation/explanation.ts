/** The steps of an alert's explanation in the language of the page. */
import i18next from "i18next";

import type { ExplanationStep } from "../../../api/types";
import { formatList, formatPercent } from "../../../shared/format/format";
import { codeLabel } from "../../../shared/i18n/codeLabel";

/** The columns of a step: what went in and came out, and why. */
export interface ExplainedStep {
  figures: string;
  reason: string;
}

/** Describe a step by its parameters. Without parameters its text is shown as it is. */
export function explainStep({ given, taken, hold, labels, measures, reason }: ExplanationStep): ExplainedStep {
  if (hold) {
    return {
      figures: i18next.t("explanation:hold.share", { percent: formatPercent(given), seconds: hold.duration_s }),
      reason: i18next.t("explanation:hold.required", { percent: formatPercent(hold.min_share) }),
    };
  }
  const names = labels.map((label) => codeLabel("explanation", "label", label));
  const values = Object.entries(measures).map(([name, value]) => formatMeasure(name, value));
  return {
    figures: `${formatNumber(taken)} → ${formatNumber(given)}`,
    reason: formatList(names) || values.join(" · ") || reason,
  };
}

/** Measures that a site has defined itself have no message: they keep their names. */
function formatMeasure(name: string, value: number): string {
  const key = `explanation:measure.${name}`;
  if (!i18next.exists(key)) return `${name}=${formatNumber(value)}`;
  return i18next.t(key, { n: formatNumber(value), percent: formatPercent(value) });
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}
