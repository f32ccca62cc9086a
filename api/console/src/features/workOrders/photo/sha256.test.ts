import { describe, expect, it } from "vitest";

import { sha256, sha256Plain } from "./sha256";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("SHA-256 in plain arithmetic", () => {
  it("gives the standard's own example", () => {
    expect(hex(sha256Plain(new TextEncoder().encode("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("agrees with the browser's at every length around the block", async () => {
    for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 5000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
      expect(hex(sha256Plain(bytes))).toBe(await sha256(bytes));
    }
  });
});
