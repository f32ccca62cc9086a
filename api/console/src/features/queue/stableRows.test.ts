import { describe, expect, it } from "vitest";

import { type Row, settle, stepFrom } from "./stableRows";

const items = (ids: string) => [...ids].map((id) => ({ id }));
const rows = (ids: string): Row<{ id: string }>[] =>
  [...ids].map((id) => ({ item: { id: id.toLowerCase() }, isGone: id !== id.toLowerCase() }));
const read = (settled: Row<{ id: string }>[]) =>
  settled.map(({ item, isGone }) => (isGone ? item.id.toUpperCase() : item.id)).join("");

describe("settle", () => {
  it("takes the order of the centre when nobody is busy", () => {
    expect(read(settle(rows("abc"), items("xabc"), false).rows)).toBe("xabc");
  });

  it.each([
    ["new ones wait", "abc", "xyabc", "abc", 2],
    ["those that left keep their place", "abc", "ac", "aBc", 0],
    ["older ones come below", "abc", "abcde", "abcde", 0],
    ["one that comes between waits", "ac", "abc", "ac", 1],
    ["one that came back is there again", "aBc", "abc", "abc", 0],
  ])("while held, %s", (_, shown, fresh, expected, waiting) => {
    const settled = settle(rows(shown), items(fresh), true);

    expect([read(settled.rows), settled.waiting]).toEqual([expected, waiting]);
  });

  it("an empty list is filled though held", () => {
    expect(read(settle([], items("ab"), true).rows)).toBe("ab");
  });
});

describe("stepFrom", () => {
  it.each([
    ["b", 1, "c"],
    ["b", -1, "a"],
    ["a", -1, "a"],
    ["d", 1, "d"],
    [undefined, 1, "a"],
  ] as const)("from %s by %i to %s", (from, by, to) => {
    expect(stepFrom(rows("abcd"), from, by)).toBe(to);
  });

  it("steps over those gone", () => {
    expect(stepFrom(rows("aBCd"), "a", 1)).toBe("d");
  });
});
