/** The one event stream of a page: resumes where it was, and knows when it is deaf. */
import { useEffect, useRef, useState } from "react";

import { EventReader } from "./eventStreamParser";

export interface Change {
  topic: string;
  object: string;
}

export type LiveStatus = { state: "connecting" } | { state: "on" } | { state: "off"; since: Date };

/** Longer than two pings of the centre: the line is dead though nobody said so. */
const SILENT_MS = 40_000;
const WAITS_MS = [500, 1000, 2000, 5000, 10_000];

interface Listener {
  onChange: (change: Change) => void;
  /** The stream stands (again): whatever happened meanwhile is to be read anew. */
  onOpen: () => void;
  onStatus: (status: LiveStatus) => void;
}

/** Listen for the life of the component; returns whether what is on screen is live. */
export function useLive(onChange: Listener["onChange"], onOpen: Listener["onOpen"]): LiveStatus {
  const [status, onStatus] = useState<LiveStatus>({ state: "connecting" });
  const latest = useRef({ onChange, onOpen });
  useEffect(() => {
    latest.current = { onChange, onOpen };
  });
  useEffect(() => {
    const end = new AbortController();
    void listen(
      { onChange: (change) => latest.current.onChange(change), onOpen: () => latest.current.onOpen(), onStatus },
      end.signal,
    );
    return () => end.abort();
  }, []);
  return status;
}

async function listen(listener: Listener, end: AbortSignal): Promise<void> {
  const place = { last: "", failures: 0 };
  let isOff = false;
  while (!end.aborted) {
    await follow(place, end, {
      ...listener,
      onOpen: () => {
        place.failures = 0;
        isOff = false;
        listener.onStatus({ state: "on" });
        listener.onOpen();
      },
    });
    if (end.aborted) return;
    if (!isOff) listener.onStatus({ state: "off", since: new Date() });
    isOff = true;
    await pause(WAITS_MS[Math.min(place.failures++, WAITS_MS.length - 1)] ?? 0, end);
  }
}

/** One connection, until it breaks, falls silent or is ended; never throws. */
async function follow(place: { last: string }, end: AbortSignal, listener: Listener): Promise<void> {
  const line = new AbortController();
  const cut = (): void => line.abort();
  const watch = (): ReturnType<typeof setTimeout> => setTimeout(cut, SILENT_MS);
  let watchdog = watch();
  globalThis.addEventListener("offline", cut, { once: true });
  try {
    const headers: HeadersInit = place.last ? { "Last-Event-ID": place.last } : {};
    const answer = await fetch("/v1/events", { headers, signal: AbortSignal.any([end, line.signal]) });
    if (!answer.ok || !answer.body) return;
    listener.onOpen();
    const reader = new EventReader();
    for await (const piece of pieces(answer.body)) {
      clearTimeout(watchdog);
      watchdog = watch();
      for (const event of reader.push(piece)) {
        place.last = event.id || place.last;
        listener.onChange({ topic: event.topic, object: objectOf(event.data) });
      }
    }
  } catch {
    // Whatever broke it, the caller connects anew.
  } finally {
    globalThis.removeEventListener("offline", cut);
    clearTimeout(watchdog);
  }
}

async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function objectOf(data: string): string {
  const told = JSON.parse(data) as { object?: string };
  return told.object ?? "";
}

function pause(milliseconds: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => now(), milliseconds);
    const now = (): void => {
      clearTimeout(timer);
      end.removeEventListener("abort", now);
      globalThis.removeEventListener("online", now);
      resolve();
    };
    end.addEventListener("abort", now);
    globalThis.addEventListener("online", now);
  });
}
