import { describe, expect, it } from "vitest";

import { changeFilter, isFiltered, parseFilter, timeRange, toQuery, toSearch } from "./filters";

const NOW = new Date(2026, 10, 30, 16, 5);
const parse = (search: string) => parseFilter(new URLSearchParams(search));

describe("the address", () => {
  it.each(["", "view=all", "area=990101&view=stored", "q=gate&time=yesterday&view=all"])("%j survives", (search) => {
    expect(new URLSearchParams(toSearch(parse(search))).toString().split("&").sort()).toEqual(search.split("&").sort());
  });

  it("with an unknown view shows what is open", () => {
    expect(parse("view=nonsense").view).toBe("open");
  });
});

describe("changeFilter", () => {
  it.each([
    ["a time", { time: "yesterday" }, "all"],
    ["a camera", { camera: "gate" }, "all"],
    ["a text", { q: "gate" }, "all"],
    ["an area", { area: "990101" }, "open"],
    ["a view with a time", { time: "today", view: "review" }, "review"],
  ] as const)("with %s lists %j among the view %s", (_, change, view) => {
    expect(changeFilter(parse(""), change).view).toBe(view);
  });

  it("keeps the view when a time that is set is changed", () => {
    expect(changeFilter(parse("view=stored&time=today"), { time: "yesterday" }).view).toBe("stored");
  });

  it("drops the state in a view that selects by state itself", () => {
    expect(changeFilter(parse("view=all&state=closed"), { view: "review" }).state).toBe("");
  });
});

describe("timeRange", () => {
  it.each([
    ["today", new Date(2026, 10, 30), null],
    ["yesterday", new Date(2026, 10, 29), new Date(2026, 10, 30)],
    ["24h", new Date(2026, 10, 29, 16, 5), null],
    ["2026-11-29T08:00~2026-11-29T12:00", new Date(2026, 10, 29, 8), new Date(2026, 10, 29, 12)],
    ["~2026-11-29T12:00", null, new Date(2026, 10, 29, 12)],
    ["nonsense", null, null],
    ["", null, null],
  ])("%s", (time, since, until) => {
    expect(timeRange(time, NOW)).toEqual([since, until]);
  });
});

describe("toQuery", () => {
  it("asks for the view and for what is set only", () => {
    expect(toQuery(parse("view=review&area=990101&q=%20"), NOW)).toEqual({
      view: "queue",
      awaiting: "review",
      area: "990101",
    });
  });

  it("asks for one state", () => {
    expect(toQuery(parse("view=all&state=closed"), NOW)).toEqual({ view: "all", state: ["closed"] });
  });
});

describe("isFiltered", () => {
  it.each([
    ["view=all", false],
    ["area=990101", true],
  ])("%s: %s", (search, expected) => {
    expect(isFiltered(parse(search))).toBe(expected);
  });
});
