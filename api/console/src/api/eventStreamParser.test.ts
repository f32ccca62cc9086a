import { describe, expect, it } from "vitest";

import { EventStreamParser, type ServerSentEvent } from "./eventStreamParser";

const STREAM = ': ping\n\nid: 7-1\nevent: incident\ndata: {"object":"a"}\n\nid: 7-2\nevent: order\ndata: one\ndata: two\n\n';
const EVENTS: ServerSentEvent[] = [
  { id: "7-1", topic: "incident", data: '{"object":"a"}' },
  { id: "7-2", topic: "order", data: "one\ntwo" },
];

describe("EventStreamParser", () => {
  it("returns the same events wherever the stream is split", () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const parser = new EventStreamParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(EVENTS);
    }
  });

  it("accepts both kinds of line endings", () => {
    expect(new EventStreamParser().push(STREAM.replaceAll("\n", "\r\n"))).toEqual(EVENTS);
  });

  it("holds back an incomplete event", () => {
    expect(new EventStreamParser().push("id: 1\nevent: incident\ndata: x\n")).toEqual([]);
  });
});
