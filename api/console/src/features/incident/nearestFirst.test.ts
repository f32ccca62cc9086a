import { describe, expect, it } from "vitest";

import type { IncidentRow } from "../../api/types";
import { nearestFirst } from "./nearestFirst";

const incident = (id: string, code: string | null, camera = "") =>
  ({ id, node: "n", camera, area: code === null ? null : { code } }) as IncidentRow;

const self = { ...incident("self", "990101001001001001", "gate"), suggestions: [{ incident: "suggested", reason: {} }] };
const sort = (...items: IncidentRow[]) =>
  nearestFirst(self as Parameters<typeof nearestFirst>[0], items).map(({ id }) => id);

describe("nearestFirst", () => {
  it("puts suggestions first, then the same camera, then the nearest areas, and those without an area last", () => {
    const items = [
      incident("none", null),
      incident("district", "990101"),
      incident("same grid", "990101001001001002"),
      incident("same camera", "990101001001001001", "gate"),
      incident("suggested", "9902"),
    ];

    expect(sort(...items)).toEqual(["suggested", "same camera", "same grid", "district", "none"]);
  });

  it("leaves out the incident itself", () => {
    expect(sort(incident("self", null), incident("other", null))).toEqual(["other"]);
  });
});
