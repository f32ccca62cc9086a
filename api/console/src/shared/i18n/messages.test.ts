import { describe, expect, it } from "vitest";

import { words as desk } from "../../app/messages";
import { words as phone } from "../../phone/messages";

const FIELDS = /\{\{\w+\}\}/g;

describe.each(Object.entries({ ...desk, ...phone }))("the words of %s", (_, words) => {
  it("have the same keys in both languages", () => {
    expect(Object.keys(words.en).sort()).toEqual(Object.keys(words["zh-CN"]).sort());
  });

  it.each(Object.keys(words["zh-CN"]))("%s is said in both, with the same fields", (key) => {
    const [zh = "", en = ""] = [words["zh-CN"][key], words.en[key]];
    expect(zh.trim() && en.trim()).toBeTruthy();
    expect(en.match(FIELDS)?.sort()).toEqual(zh.match(FIELDS)?.sort());
  });
});
