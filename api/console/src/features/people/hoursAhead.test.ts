import { expect, it } from "vitest";

import { hoursAhead } from "./hoursAhead";

it("a day ahead has eight times at full hours, all of them later", () => {
  const now = new Date(2026, 0, 2, 22, 15);

  const hours = hoursAhead(now).map((hour) => new Date(hour));

  expect(hours.map((hour) => hour.getHours())).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
  expect(hours.every((hour) => hour > now)).toBe(true);
});
