import { describe, expect, it } from "vitest";

import type { IncidentState, TimelineItem } from "../../api/types";
import { locateInWorkflow } from "./workflow";

const MARKS = { done: "#", current: ">", pending: ".", ended: "x" };
const draw = (state: IncidentState) =>
  locateInWorkflow(state, [])
    .map(({ status }) => MARKS[status])
    .join("");

const transition = (to_state: string, actor: string): TimelineItem => ({
  at: "2026-01-01T00:00:00Z",
  actor,
  action: "moved",
  from_state: null,
  to_state,
  reason: "",
  detail: {},
});

describe("the workflow", () => {
  it.each([
    ["new", "#>...."],
    ["filed", "#>...."],
    ["rejected", "#x...."],
    ["dispatched", "##>..."],
    ["handling", "##>..."],
    ["feedback", "###>.."],
    ["closed", "####>."],
    ["evaluated", "######"],
  ] as const)("of an incident in state %s is %s", (state, expected) => {
    expect(draw(state)).toBe(expected);
  });

  it("names who completed a step last", () => {
    const timeline = [
      transition("new", "system"),
      transition("feedback", "first"),
      transition("handling", "operator"),
      transition("feedback", "second"),
    ];

    expect(locateInWorkflow("feedback", timeline).map(({ completion }) => completion?.actor)).toEqual([
      "system",
      undefined,
      "second",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
