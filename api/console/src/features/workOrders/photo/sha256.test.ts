import { describe, expect, it } from "vitest";

import { sha256, computeSha256 } from "./sha256";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("computeSha256", () => {
  it("computes the example of the standard", () => {
    expect(hex(computeSha256(new TextEncoder().encode("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("agrees with the browser for lengths around the block size", async () => {
    for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 5000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
      expect(hex(computeSha256(bytes))).toBe(await sha256(bytes));
    }
  });
});
