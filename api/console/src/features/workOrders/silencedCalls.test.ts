import { describe, expect, it } from "vitest";

import { callOf, SILENCE_MS, silenceCalls, withoutEnded } from "./silencedCalls";

const order = { id: "a", step: 1, incident: { level: "minor" } } as const;
const silenced = silenceCalls(new Map(), [callOf(order)], 0);

describe("silenced calls", () => {
  it("ends after a while, so that an order that nobody accepts rings again", () => {
    expect(withoutEnded(silenced, SILENCE_MS - 1).has(callOf(order))).toBe(true);
    expect(withoutEnded(silenced, SILENCE_MS).has(callOf(order))).toBe(false);
  });

  it.each([
    ["the incident gets worse", { ...order, incident: { level: "critical" } } as const],
    ["the order escalates", { ...order, step: 2 }],
  ])("does not cover the next call of an order: %s", (_, next) => {
    expect(silenced.has(callOf(next))).toBe(false);
  });

  it("is not extended by silencing another order", () => {
    const both = silenceCalls(silenced, [callOf(order), "b 1 minor"], 30_000);
    expect([...withoutEnded(both, SILENCE_MS).keys()]).toEqual(["b 1 minor"]);
  });
});
