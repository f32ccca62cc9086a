/** The event stream of a page: reconnects, resumes after the last event, and detects silence. */
import { useEffect, useRef, useState } from "react";

import { BASE_PATH } from "./basePath";
import { EventStreamParser } from "./eventStreamParser";

/** Names what has changed; the content is read with an ordinary request. */
export interface ChangeEvent {
  topic: string;
  /** Identifier of the changed object; empty if the topic has none. */
  object: string;
}

export type ConnectionStatus = { state: "connecting" } | { state: "on" } | { state: "off"; since: Date };

/** More than two ping intervals of the centre: the connection is dead without an error. */
const SILENCE_TIMEOUT_MS = 40_000;
const RETRY_DELAYS_MS = [500, 1000, 2000, 5000, 10_000];

interface StreamHandlers {
  onEvent: (event: ChangeEvent) => void;
  /** The stream is connected, for the first time or again. Events may have been missed: read everything again. */
  onOpen: () => void;
  onStatus: (status: ConnectionStatus) => void;
}

/** Follow the event stream while the component is mounted; returns the state of the connection. */
export function useEventStream(
  onEvent: StreamHandlers["onEvent"],
  onOpen: StreamHandlers["onOpen"],
): ConnectionStatus {
  const [status, onStatus] = useState<ConnectionStatus>({ state: "connecting" });
  const latest = useRef({ onEvent, onOpen });
  useEffect(() => {
    latest.current = { onEvent, onOpen };
  });
  useEffect(() => {
    const unmount = new AbortController();
    void followStream(
      { onEvent: (event) => latest.current.onEvent(event), onOpen: () => latest.current.onOpen(), onStatus },
      unmount.signal,
    );
    return () => unmount.abort();
  }, []);
  return status;
}

async function followStream(handlers: StreamHandlers, signal: AbortSignal): Promise<void> {
  const position = { lastEventId: "", failures: 0 };
  let isOff = false;
  while (!signal.aborted) {
    await readConnection(position, signal, {
      ...handlers,
      onOpen: () => {
        position.failures = 0;
        isOff = false;
        handlers.onStatus({ state: "on" });
        handlers.onOpen();
      },
    });
    if (signal.aborted) return;
    if (!isOff) handlers.onStatus({ state: "off", since: new Date() });
    isOff = true;
    await waitBeforeRetry(RETRY_DELAYS_MS[Math.min(position.failures++, RETRY_DELAYS_MS.length - 1)] ?? 0, signal);
  }
}

/** Read one connection until it breaks, falls silent or is aborted. Never throws. */
async function readConnection(
  position: { lastEventId: string },
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<void> {
  const connection = new AbortController();
  const abort = (): void => connection.abort();
  const startWatchdog = (): ReturnType<typeof setTimeout> => setTimeout(abort, SILENCE_TIMEOUT_MS);
  let watchdog = startWatchdog();
  globalThis.addEventListener("offline", abort, { once: true });
  try {
    const headers: HeadersInit = position.lastEventId ? { "Last-Event-ID": position.lastEventId } : {};
    const response = await fetch(`${BASE_PATH}v1/events`, { headers, signal: AbortSignal.any([signal, connection.signal]) });
    if (!response.ok || !response.body) return;
    handlers.onOpen();
    const parser = new EventStreamParser();
    for await (const chunk of readChunks(response.body)) {
      clearTimeout(watchdog);
      watchdog = startWatchdog();
      for (const event of parser.push(chunk)) {
        position.lastEventId = event.id || position.lastEventId;
        handlers.onEvent({ topic: event.topic, object: parseObject(event.data) });
      }
    }
  } catch {
    // The caller reconnects, whatever the cause.
  } finally {
    globalThis.removeEventListener("offline", abort);
    clearTimeout(watchdog);
  }
}

async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value;
}

function parseObject(data: string): string {
  const payload = JSON.parse(data) as { object?: string };
  return payload.object ?? "";
}

/** Wait, but not longer than until the browser is online again or the signal is aborted. */
function waitBeforeRetry(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(), milliseconds);
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      globalThis.removeEventListener("online", finish);
      resolve();
    };
    signal.addEventListener("abort", finish);
    globalThis.addEventListener("online", finish);
  });
}
