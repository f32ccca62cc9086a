import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import type { ExplanationStep } from "../../../api/types";
import { explainStep } from "./explanation";
import { explanationMessages } from "./messages";

const makeStep = (step: string, parameters: Partial<ExplanationStep>): ExplanationStep => ({
  step,
  taken: 9,
  given: 9,
  reason: "",
  labels: [],
  measures: {},
  hold: null,
  ...parameters,
});

beforeAll(async () => {
  await i18next.init({
    resources: {
      "zh-CN": { explanation: explanationMessages["zh-CN"] },
      en: { explanation: explanationMessages.en },
    },
    lng: "zh-CN",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
});

describe("explainStep, in Chinese", () => {
  it("names the labels of the model", () => {
    expect(explainStep(makeStep("detect", { labels: ["bicycle", "person"], taken: 14, given: 11 }))).toEqual({
      figures: "14 → 11",
      reason: "自行车、人",
    });
  });

  it("gives measures with their units", () => {
    expect(explainStep(makeStep("rule", { measures: { per_m2: 4.25, people: 9, size_share: 0.13 } })).reason).toBe(
      "每平方米 4.25 人 · 9 人 · 占画面 13%",
    );
  });

  it("gives the share of the hold time with a signal, and the required share", () => {
    const hold = { duration_s: 30, min_share: 0.6 };

    expect(explainStep(makeStep("hold", { hold, taken: 30, given: 0.917 }))).toEqual({
      figures: "30 秒内占 92%",
      reason: "开启预警需不低于 60%",
    });
  });

  it("keeps the names that a site has defined, and texts without parameters", () => {
    expect(explainStep(makeStep("rule", { measures: { carts: 3 }, reason: "carts=3" })).reason).toBe("carts=3");
    expect(explainStep(makeStep("zone", { reason: "steps" })).reason).toBe("steps");
  });
});
