import { describe, expect, it } from "vitest";

import { moveSelection, type Row, updateRows } from "./stableRows";

/** Each letter is an item; a capital letter is a removed one. */
const toItems = (ids: string) => [...ids].map((id) => ({ id }));
const toRows = (ids: string): Row<{ id: string }>[] =>
  [...ids].map((id) => ({ item: { id: id.toLowerCase() }, isRemoved: id !== id.toLowerCase() }));
const toIds = (rows: Row<{ id: string }>[]) =>
  rows.map(({ item, isRemoved }) => (isRemoved ? item.id.toUpperCase() : item.id)).join("");

describe("updateRows", () => {
  it("uses the order of the latest items when the list is not held", () => {
    expect(toIds(updateRows(toRows("abc"), toItems("xabc"), false).rows)).toBe("xabc");
  });

  it.each([
    ["new items are only counted", "abc", "xyabc", "abc", 2],
    ["removed items keep their place", "abc", "ac", "aBc", 0],
    ["older items are added at the end", "abc", "abcde", "abcde", 0],
    ["a new item between two rows is only counted", "ac", "abc", "ac", 1],
    ["an item that returns is no longer removed", "aBc", "abc", "abc", 0],
  ])("while the list is held, %s", (_, displayed, latest, expected, newCount) => {
    const updated = updateRows(toRows(displayed), toItems(latest), true);

    expect([toIds(updated.rows), updated.newCount]).toEqual([expected, newCount]);
  });

  it("fills an empty list even while it is held", () => {
    expect(toIds(updateRows([], toItems("ab"), true).rows)).toBe("ab");
  });
});

describe("moveSelection", () => {
  it.each([
    ["b", 1, "c"],
    ["b", -1, "a"],
    ["a", -1, "a"],
    ["d", 1, "d"],
    [undefined, 1, "a"],
  ] as const)("moves from %s by %i to %s", (from, direction, to) => {
    expect(moveSelection(toRows("abcd"), from, direction)).toBe(to);
  });

  it("skips removed rows", () => {
    expect(moveSelection(toRows("aBCd"), "a", 1)).toBe("d");
  });
});
