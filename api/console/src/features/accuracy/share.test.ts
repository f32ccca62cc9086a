import { describe, expect, it } from "vitest";

import { formatInterval, formatShare } from "./share";

describe("a share", () => {
  it.each([
    [0.98796, "98.7 %"],
    [0.988, "98.8 %"],
    [0.9999, "99.9 %"],
    [1, "100.0 %"],
    [0, "0.0 %"],
  ])("%d is never rounded up", (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  it("has an interval that is not narrower than it was", () => {
    expect(formatInterval(0.9715, 0.99501)).toBe("97.1 – 99.6 %");
  });
});
