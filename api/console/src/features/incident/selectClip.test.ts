import { expect, test } from "vitest";

import type { AlertItem } from "../../api/types";
import { clipOf } from "./selectClip";

type Evidence = AlertItem["evidence"][number];

const some = (sha256: string, more: Partial<Evidence> = {}): Evidence => ({
  sha256,
  kind: "clip",
  media_type: "video/mp4",
  bytes: 1,
  redacted: true,
  status: "pending",
  available: true,
  ...more,
});
const alert = (...evidence: Evidence[]): AlertItem => ({ evidence }) as AlertItem;
const snapshot = { sha256: "picture", available: true };

test("the clip beside the picture shown comes first", () => {
  const alerts = [alert(some("other")), alert(some("picture", { kind: "snapshot" }), some("mine"))];

  expect(clipOf({ alerts, snapshot })?.sha256).toBe("mine");
});

test("a clip that has arrived comes before one that has not", () => {
  const alerts = [alert(some("on its way", { available: false })), alert(some("here"))];

  expect(clipOf({ alerts, snapshot })?.sha256).toBe("here");
});

test("one that was given up is not waited for", () => {
  expect(clipOf({ alerts: [alert(some("shed", { status: "shed", available: false }))], snapshot })).toBeUndefined();
});
