import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";

import { alarmFigures } from "./alarmFigures";
import { fleetMessages } from "./messages";

beforeAll(async () => {
  await i18next.init({
    resources: { "zh-CN": { fleet: fleetMessages["zh-CN"] }, en: { fleet: fleetMessages.en } },
    lng: "en",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
});

function blindText(cause: string): string {
  const detail = { cause, share: 0.75, objects: 12 };
  return i18next.t("fleet:alarm.camera_blind", { replace: alarmFigures(detail) });
}

describe("the alarm of a camera that cannot see", () => {
  it("has the share, the cause and what to do", () => {
    expect(blindText("glare")).toMatch(/75\s?% of 12 .* glare: shade the lens or turn the camera/);
  });

  it.each(["dark", "glare", "too_small", "low_contrast", "unknown"])("knows the cause %s in both languages", (cause) => {
    for (const language of ["zh-CN", "en"] as const) {
      expect(fleetMessages[language]).toHaveProperty([`blind.${cause}`]);
    }
  });
});

describe("the alarm of scores that have drifted", () => {
  it("names the scenarios by their titles", () => {
    const detail = { scenarios: ["fall"], titles: [{ zh: "人员倒地", en: "Person down" }] };
    expect(alarmFigures(detail)).toMatchObject({ scenarios: "Person down" });
  });
});
