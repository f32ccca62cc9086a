import { describe, expect, it } from "vitest";

import { createRefresher } from "./refresher";

describe("a refresh", () => {
  it("is followed by one more, however often something changes meanwhile", async () => {
    const ends: (() => void)[] = [];
    const refresh = createRefresher(() => new Promise((resolve) => ends.push(resolve)));

    refresh();
    refresh();
    refresh();
    expect(ends).toHaveLength(1);

    ends[0]?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(ends).toHaveLength(2);
  });
});
