import { describe, expect, it } from "vitest";

import type { Channels } from "../../api/types";
import { change, moveUp, toDraft, toggleQuiet, toRequest } from "./draft";

const STORED: Channels = {
  account: "W-01",
  channels: [
    { kind: "sms", address: "+8613800000001", enabled: true, tested_at: null, failed_at: null, devices: [] },
    { kind: "push", address: "", enabled: true, tested_at: null, failed_at: null, devices: [] },
  ],
  quiet_hours: { starts_at: "23:00:00", ends_at: "05:30:00", time_zone: "Asia/Shanghai" },
};

describe("the settings of channels", () => {
  it("are stored as they were if nothing is changed", () => {
    expect(toRequest(toDraft(STORED), "Asia/Shanghai")).toEqual({
      channels: [
        { kind: "sms", address: "+8613800000001", enabled: true },
        { kind: "push", address: "", enabled: true },
      ],
      quiet_hours: { starts_at: "23:00", ends_at: "05:30", time_zone: "Asia/Shanghai" },
    });
  });

  it("keep an address whose channel is switched off, and drop a channel without address", () => {
    const draft = change(change(toDraft(STORED), "sms", { enabled: false }), "webhook", { address: " " });

    expect(toRequest(draft, "Asia/Shanghai").channels.map(({ kind, enabled }) => [kind, enabled])).toEqual([
      ["sms", false],
      ["push", true],
    ]);
  });

  it("have an order that can be changed", () => {
    expect(moveUp(toDraft(STORED), 1).channels.map(({ kind }) => kind)).toEqual(["push", "sms", "webhook"]);
  });

  it("have quiet hours that can be switched off and on", () => {
    const off = toggleQuiet(toDraft(STORED));

    expect(off.quiet).toBeNull();
    expect(toggleQuiet(off).quiet).toEqual({ startsAt: "22:00", endsAt: "06:00" });
  });
});
