/** A step of an alert's explanation in the page's language; codes that it does not know stay as they are. */
import i18next from "i18next";

import type { Step } from "../../../api/types";
import { percent } from "../../../shared/format/format";

/** Two columns: what went in and came out, and the grounds. */
export interface Told {
  figures: string;
  grounds: string;
}

/** Part of the last seconds in which it was seen, as the box writes it: `30 s, ≥ 0.6`. */
const HOLD = /^([\d.]+) s, ≥ ([\d.]+)$/;

export function explained(step: Step): Told {
  const hold = step.step === "hold" && HOLD.exec(step.reason);
  if (hold) return held(step.given, hold[1] ?? "", Number(hold[2]));
  const figures = `${figure(step.taken)} → ${figure(step.given)}`;
  switch (step.step) {
    case "detect":
      return { figures, grounds: step.reason.split(", ").map(label).join(i18next.language === "en" ? ", " : "、") };
    case "rule":
      return { figures, grounds: step.reason.split(" ").map(measure).join(" · ") };
    default:
      return { figures, grounds: step.reason };
  }
}

function held(share: number, needed: string, least: number): Told {
  return {
    figures: i18next.t("explain:hold.of", { percent: percent(share), needed }),
    grounds: i18next.t("explain:hold.least", { percent: percent(least) }),
  };
}

function label(name: string): string {
  const key = `explain:label.${name}`;
  return i18next.exists(key) ? i18next.t(key) : name;
}

function measure(said: string): string {
  const [name = "", value = ""] = said.split("=");
  const n = Number(value);
  const key = `explain:measure.${name}`;
  return i18next.exists(key) ? i18next.t(key, { n: figure(n), percent: percent(n) }) : said;
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}
