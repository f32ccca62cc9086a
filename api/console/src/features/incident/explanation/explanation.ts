/** The steps of an alert's explanation in the language of the page. */
import i18next from "i18next";

import type { ExplanationStep } from "../../../api/types";
import { formatList, formatPercent } from "../../../shared/format/format";

/** The columns of a step: what went in and came out, and why. */
export interface ExplainedStep {
  figures: string;
  reason: string;
}

/** Required time, and the share of it with a signal: `30 s, ≥ 0.6`. */
const HOLD = /^([\d.]+) s, ≥ ([\d.]+)$/;

/** Describe a step. Labels and measures without a message keep their names. */
export function explainStep(step: ExplanationStep): ExplainedStep {
  const hold = step.step === "hold" && HOLD.exec(step.reason);
  if (hold) return explainHold(step.given, hold[1] ?? "", Number(hold[2]));
  const figures = `${formatNumber(step.taken)} → ${formatNumber(step.given)}`;
  switch (step.step) {
    case "detect":
      return { figures, reason: formatList(step.reason.split(", ").map(labelName)) };
    case "rule":
      return { figures, reason: step.reason.split(" ").map(formatMeasure).join(" · ") };
    default:
      return { figures, reason: step.reason };
  }
}

function explainHold(share: number, needed: string, least: number): ExplainedStep {
  return {
    figures: i18next.t("explanation:hold.share", { percent: formatPercent(share), needed }),
    reason: i18next.t("explanation:hold.required", { percent: formatPercent(least) }),
  };
}

function labelName(label: string): string {
  const key = `explanation:label.${label}`;
  return i18next.exists(key) ? i18next.t(key) : label;
}

function formatMeasure(measure: string): string {
  const [name = "", value = ""] = measure.split("=");
  const n = Number(value);
  const key = `explanation:measure.${name}`;
  return i18next.exists(key) ? i18next.t(key, { n: formatNumber(n), percent: formatPercent(n) }) : measure;
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}
