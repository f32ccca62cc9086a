import { describe, expect, it } from "vitest";

import type { HistoryItem, IncidentState } from "../../api/types";
import { placeInLoop } from "./workflow";

const MARKS = { done: "#", now: ">", ahead: ".", ended: "x" };
const drawn = (state: IncidentState) =>
  placeInLoop(state, [])
    .map(({ standing }) => MARKS[standing])
    .join("");

const line = (to_state: string, actor: string): HistoryItem => ({
  at: "2026-01-01T00:00:00Z",
  actor,
  action: "moved",
  from_state: null,
  to_state,
  reason: "",
  detail: {},
});

describe("the loop", () => {
  it.each([
    ["new", "#>...."],
    ["filed", "#>...."],
    ["rejected", "#x...."],
    ["dispatched", "##>..."],
    ["handling", "##>..."],
    ["feedback", "###>.."],
    ["closed", "####>."],
    ["evaluated", "######"],
  ] as const)("of an incident that is %s stands at %s", (state, expected) => {
    expect(drawn(state)).toBe(expected);
  });

  it("tells who completed a step last", () => {
    const history = [line("new", "system"), line("feedback", "first"), line("handling", "desk"), line("feedback", "again")];

    expect(placeInLoop("feedback", history).map(({ by }) => by?.actor)).toEqual([
      "system",
      undefined,
      "again",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
