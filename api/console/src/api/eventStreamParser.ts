/** Server-sent events from bytes: pure, so that every cut through the bytes can be tested. */

export interface StreamEvent {
  id: string;
  topic: string;
  data: string;
}

/** Collects pieces of a stream and gives the events that are whole; comments are skipped. */
export class EventReader {
  private rest = "";

  /** Take a piece of text, cut anywhere; returns the events it completed, in order. */
  push(piece: string): StreamEvent[] {
    const blocks = (this.rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(eventOf).filter((event) => event.data !== "");
  }
}

function eventOf(block: string): StreamEvent {
  const event: StreamEvent = { id: "", topic: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, name, value = ""] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "id") event.id = value;
    if (name === "event") event.topic = value;
    if (name === "data") data.push(value);
  }
  return { ...event, data: data.join("\n") };
}
