import { describe, expect, it } from "vitest";

import { EventReader, type StreamEvent } from "./eventStreamParser";

const BYTES = ': ping\n\nid: 7-1\nevent: incident\ndata: {"object":"a"}\n\nid: 7-2\nevent: order\ndata: one\ndata: two\n\n';
const EVENTS: StreamEvent[] = [
  { id: "7-1", topic: "incident", data: '{"object":"a"}' },
  { id: "7-2", topic: "order", data: "one\ntwo" },
];

describe("EventReader", () => {
  it("reads the same events wherever the bytes are cut", () => {
    for (let cut = 0; cut <= BYTES.length; cut++) {
      const reader = new EventReader();
      expect([...reader.push(BYTES.slice(0, cut)), ...reader.push(BYTES.slice(cut))]).toEqual(EVENTS);
    }
  });

  it("takes line ends of either kind", () => {
    expect(new EventReader().push(BYTES.replaceAll("\n", "\r\n"))).toEqual(EVENTS);
  });

  it("keeps back what is not whole", () => {
    expect(new EventReader().push("id: 1\nevent: incident\ndata: x\n")).toEqual([]);
  });
});
