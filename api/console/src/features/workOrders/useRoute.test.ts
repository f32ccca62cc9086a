import { describe, expect, it } from "vitest";

import { formatRoute, parseRoute } from "./useRoute";

describe("the address of what is open", () => {
  it.each(["", "#order/01-ab", "#order/01-ab/picture"])("is the same after reading it: %s", (hash) => {
    expect(formatRoute(parseRoute(hash))).toBe(hash);
  });

  it.each(["#", "#order/", "#order/x", "#picture"])("shows the list if it is not known: %s", (hash) => {
    expect(parseRoute(hash)).toEqual({ order: null, hasPicture: false });
  });
});
