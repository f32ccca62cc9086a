import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import { fleetMessages } from "./messages";
import { reasonText } from "./reasonText";

beforeAll(async () => {
  await i18next.init({
    resources: { "zh-CN": { fleet: fleetMessages["zh-CN"] }, en: { fleet: fleetMessages.en } },
    lng: "zh-CN",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
});

describe("the text of a reason", () => {
  it("has the language of the page and the parameters of the node", () => {
    const reason = { reason: "no frame within 5 s", reason_code: "no_frame", reason_params: { seconds: "5" } };

    expect(reasonText(reason)).toBe("5 秒内未收到画面");
  });

  it("names the failed step of a self-test", () => {
    const params = { step: "capture", text: "no frame within 5 s" };
    const reason = { reason: "capture: no frame within 5 s", reason_code: "step_failed", reason_params: params };

    expect(reasonText(reason)).toBe("“取流”环节未通过");
  });

  it("does not read a parameter as an option of the translation", () => {
    const reason = { reason: "", reason_code: "no_frame", reason_params: { seconds: "5", lng: "en" } };

    expect(reasonText(reason)).toBe("5 秒内未收到画面");
  });

  it("is that of the node if the code is unknown or missing", () => {
    const reason = { reason: "the lens is dirty", reason_code: "dirty_lens", reason_params: {} };

    expect(reasonText(reason)).toBe("the lens is dirty");
    expect(reasonText({ ...reason, reason_code: null })).toBe("the lens is dirty");
  });
});
