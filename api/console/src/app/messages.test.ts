import { describe, expect, it } from "vitest";

import { messages as consoleMessages } from "./messages";
import { messages as phoneMessages } from "../phone/messages";

const PLACEHOLDERS = /\{\{\w+\}\}/g;

describe.each(Object.entries({ ...consoleMessages, ...phoneMessages }))("the messages of %s", (_, messages) => {
  it("have the same keys in both languages", () => {
    expect(Object.keys(messages.en).sort()).toEqual(Object.keys(messages["zh-CN"]).sort());
  });

  it.each(Object.keys(messages["zh-CN"]))("%s has a text in both languages, with the same placeholders", (key) => {
    const [zh = "", en = ""] = [messages["zh-CN"][key], messages.en[key]];
    expect(zh.trim() && en.trim()).toBeTruthy();
    expect(en.match(PLACEHOLDERS)?.sort()).toEqual(zh.match(PLACEHOLDERS)?.sort());
  });
});
