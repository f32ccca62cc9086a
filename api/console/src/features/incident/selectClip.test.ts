import { describe, expect, it } from "vitest";

import type { AlertItem } from "../../api/types";
import { selectClip } from "./selectClip";

type EvidenceItem = AlertItem["evidence"][number];

const makeEvidence = (sha256: string, changes: Partial<EvidenceItem> = {}): EvidenceItem => ({
  sha256,
  kind: "clip",
  media_type: "video/mp4",
  bytes: 1,
  redacted: true,
  status: "pending",
  available: true,
  ...changes,
});
const makeAlert = (...evidence: EvidenceItem[]): AlertItem => ({ evidence }) as AlertItem;
const snapshot = { sha256: "snapshot", available: true, content: null };

describe("selectClip", () => {
  it("prefers the clip of the alert whose snapshot is shown", () => {
    const alerts = [
      makeAlert(makeEvidence("other")),
      makeAlert(makeEvidence("snapshot", { kind: "snapshot" }), makeEvidence("same alert")),
    ];

    expect(selectClip({ alerts, snapshot })?.sha256).toBe("same alert");
  });

  it("prefers an available clip to a pending one", () => {
    const alerts = [makeAlert(makeEvidence("pending", { available: false })), makeAlert(makeEvidence("available"))];

    expect(selectClip({ alerts, snapshot })?.sha256).toBe("available");
  });

  it("ignores a clip that was dropped", () => {
    const dropped = makeEvidence("dropped", { status: "shed", available: false });

    expect(selectClip({ alerts: [makeAlert(dropped)], snapshot })).toBeUndefined();
  });
});
