import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { createIdempotencyKey } from "../../../api/idempotencyKey";
import type { WorkOrder } from "../../../api/types";
import { WORK_ORDERS_KEY } from "../queries";
import { openStore } from "./keyValueStore";
import { isUnfinished, type Job, Outbox, type OutboxState, type WorkOrderAction } from "./outbox";
import { jobSender } from "./sendJob";

const RETRY_MS = 5_000;
const EMPTY: OutboxState = { pending: [], refused: [], sent: new Map(), hindrance: null };

const outbox = openStore<Job>("jobs").then((store) => new Outbox(store, jobSender));

/** Return what waits and what was refused, and functions that submit an action and dismiss a refusal. */
export function useOutbox(account: string) {
  const queryClient = useQueryClient();
  const [state, setState] = useState(EMPTY);
  const flush = useCallback(async () => {
    const jobs = await outbox;
    const before = await jobs.state(account);
    setState(before);
    if (![...before.pending, ...before.refused].some(isUnfinished)) return;
    await jobs.flush(account);
    setState(await jobs.state(account));
    void queryClient.invalidateQueries({ queryKey: WORK_ORDERS_KEY });
  }, [account, queryClient]);
  useRepeatedFlush(flush);
  /** Resolves once the action is stored on the phone; rejects if the phone has no room for it. */
  const submit = async ({ id, version, incident }: WorkOrder, action: WorkOrderAction): Promise<void> => {
    const key = createIdempotencyKey();
    const recordedAt = new Date().toISOString();
    await (await outbox).put({ key, account, order: id, title: incident.title, version, recordedAt, action });
    void flush();
  };
  const dismiss = async (jobs: Job[]): Promise<void> => {
    const opened = await outbox;
    for (const job of jobs) await opened.dismiss(job);
    setState(await opened.state(account));
  };
  return { ...state, submit, dismiss };
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
