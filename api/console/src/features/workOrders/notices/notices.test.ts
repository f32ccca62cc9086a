import { describe, expect, it } from "vitest";

import type { Notification } from "../../../api/types";
import { selectNotices, selectUnseen } from "./notices";

const NOW = new Date("2026-01-02T08:00:00Z");

const notification = (id: string, kind: Notification["kind"], at = "2026-01-02T07:00:00Z") =>
  ({ id, kind, created_at: at }) as Notification;

describe("the notices of a worker", () => {
  it("are recalls of orders that are closed, and rework of open ones", () => {
    const recall = notification("1", "recall");
    const rework = notification("2", "rework");
    const done = notification("3", "rework");

    const notices = selectNotices([rework, notification("4", "dispatch")], [recall, rework, done], NOW, new Set());

    expect(notices.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  it("are not those that were seen, or that are older than a day", () => {
    const all = [notification("1", "recall"), notification("2", "recall", "2026-01-01T07:00:00Z")];

    expect(selectNotices([], all, NOW, new Set(["1"]))).toEqual([]);
  });

  it("are not those that were dismissed while they were being read", () => {
    const notices = [
      { id: "1", kind: "recall" as const, order: null },
      { id: "2", kind: "recall" as const, order: null },
    ];

    expect(selectUnseen(notices, new Set(["1"])).map(({ id }) => id)).toEqual(["2"]);
  });
});
