/** Parser for server-sent events. Pure, so that tests can split the stream at every position. */

export interface ServerSentEvent {
  id: string;
  topic: string;
  data: string;
}

/** Collects chunks of a stream and returns complete events. Comments are skipped. */
export class EventStreamParser {
  private buffer = "";

  /** Add a chunk, split at any position; returns the events that it completes, in order. */
  push(chunk: string): ServerSentEvent[] {
    const blocks = (this.buffer + chunk).replaceAll("\r\n", "\n").split("\n\n");
    this.buffer = blocks.pop() ?? "";
    return blocks.map(parseEvent).filter((event) => event.data !== "");
  }
}

function parseEvent(block: string): ServerSentEvent {
  const event: ServerSentEvent = { id: "", topic: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, name, value = ""] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "id") event.id = value;
    if (name === "event") event.topic = value;
    if (name === "data") data.push(value);
  }
  return { ...event, data: data.join("\n") };
}
