import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { createIdempotencyKey } from "../../../api/idempotencyKey";
import type { WorkOrder } from "../../../api/types";
import { WORK_ORDERS_KEY } from "../queries";
import { openStore } from "./keyValueStore";
import { type Job, type JobResult, Outbox, type WorkOrderAction } from "./outbox";
import { sendJob } from "./sendJob";

const RETRY_MS = 5_000;

const outbox = openStore<Job>("jobs").then((store) => new Outbox(store, sendJob));

/** Return the pending and the refused jobs of an account, and a function that submits an action. */
export function useOutbox(account: string) {
  const queryClient = useQueryClient();
  const [pending, setPending] = useState<Job[]>([]);
  const [refused, setRefused] = useState<JobResult[]>([]);
  const flush = useCallback(async () => {
    const jobs = await outbox;
    setPending(await jobs.pending(account));
    const results = await jobs.flush(account);
    if (results.length > 0) await queryClient.invalidateQueries({ queryKey: WORK_ORDERS_KEY });
    setRefused((before) => [...before, ...results.filter(({ error }) => error)]);
    setPending(await jobs.pending(account));
  }, [account, queryClient]);
  useRepeatedFlush(flush);
  const submit = async (order: WorkOrder, action: WorkOrderAction): Promise<void> => {
    const job: Job = { key: createIdempotencyKey(), account, order: order.id, version: order.version, action };
    await (await outbox).put(job);
    void flush();
  };
  return { pending, refused, dismissRefused: () => setRefused([]), submit };
}

/** Flush at the start, when the network is back, and every few seconds. */
function useRepeatedFlush(flush: () => Promise<void>): void {
  useEffect(() => {
    const attempt = (): void => void flush();
    attempt();
    const timer = setInterval(attempt, RETRY_MS);
    addEventListener("online", attempt);
    return () => {
      clearInterval(timer);
      removeEventListener("online", attempt);
    };
  }, [flush]);
}
