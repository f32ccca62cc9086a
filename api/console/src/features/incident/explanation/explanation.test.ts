import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import type { Step } from "../../../api/types";
import { explain } from "./messages";
import { explained } from "./explanation";

const step = (name: string, reason: string, taken = 9, given = 9): Step => ({ step: name, taken, given, reason });

beforeAll(async () => {
  await i18next.init({
    resources: { "zh-CN": { explain: explain["zh-CN"] }, en: { explain: explain.en } },
    lng: "zh-CN",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
});

describe("a step of the explanation, in Chinese", () => {
  it("names what the model knows", () => {
    expect(explained(step("detect", "bicycle, person", 14, 11))).toEqual({ figures: "14 → 11", grounds: "自行车、人" });
  });

  it("says the measures with their units", () => {
    expect(explained(step("rule", "per_m2=4.25 people=9 size_share=0.13")).grounds).toBe(
      "每平方米 4.25 人 · 9 人 · 占画面 13%",
    );
  });

  it("says of which time it was seen how much, and how much is enough", () => {
    expect(explained(step("hold", "30 s, ≥ 0.6", 30, 0.917))).toEqual({
      figures: "30 秒内的 92%",
      grounds: "至少 60%",
    });
  });

  it("leaves alone what a site has named itself, and what another version writes", () => {
    expect(explained(step("rule", "carts=3")).grounds).toBe("carts=3");
    expect(explained(step("hold", "seen 0.92 of the last 30 s", 30, 0.92)).grounds).toBe("seen 0.92 of the last 30 s");
    expect(explained(step("zone", "steps")).grounds).toBe("steps");
  });
});
