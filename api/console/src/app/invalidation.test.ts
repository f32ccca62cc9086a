import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createInvalidator } from "./invalidation";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("asks once more, and not before the last request has ended, however many events come", async () => {
  const queryClient = new QueryClient();
  const answers: (() => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => answers.push(() => resolve("rows")));
  const observer = new QueryObserver(queryClient, { queryKey: ["incidents", "open"], queryFn });
  observer.subscribe(() => undefined);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  const { invalidateFor } = createInvalidator(queryClient);
  const requestsAfter = async (events: number): Promise<number> => {
    for (let event = 0; event < events; event++) {
      invalidateFor({ topic: "incident", object: "1" });
      await vi.advanceTimersByTimeAsync(300);
    }
    return answers.length - 1;
  };

  expect(await requestsAfter(5)).toBe(1);
  answers[1]?.();
  await vi.advanceTimersByTimeAsync(300);
  expect(answers.length - 1).toBe(2);
  answers[2]?.();
  await vi.advanceTimersByTimeAsync(5000);
  expect(answers.length - 1).toBe(2);
});
