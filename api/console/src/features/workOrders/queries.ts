/** The worker's orders, and the way of what the worker says. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { delivered, myOrders, openCalls } from "../../api/endpoints";
import { useLive } from "../../api/useEventStream";
import type { Order } from "../../api/types";
import { newKey } from "../../api/idempotencyKey";
import { openDrawer } from "./offline/keyValueStore";
import { type Fate, type Job, Outbox, type Said } from "./offline/outbox";
import { send } from "./offline/sendJob";

const ORDERS = ["orders"];
const POLL_MS = { on: 60_000, off: 5_000 };
const TRY_AGAIN_MS = 5_000;

/** The orders and whether they are live; where the stream is cut they are polled. */
export function useOrders() {
  const queries = useQueryClient();
  const renew = (): void => void queries.invalidateQueries({ queryKey: ORDERS });
  const status = useLive(
    ({ topic, object }) => {
      if (topic === "notification") void delivered(object).catch(() => undefined);
      renew();
    },
    () => {
      renew();
      void acknowledge();
    },
  );
  const refetchInterval = POLL_MS[status.state === "on" ? "on" : "off"];
  const asked = useQuery({ queryKey: ORDERS, queryFn: myOrders, refetchInterval });
  return { status, orders: asked.data?.items, error: asked.error };
}

/** Tell the centre that the calls made while this page was away have arrived now. */
async function acknowledge(): Promise<void> {
  const calls = await openCalls().catch(() => null);
  for (const call of calls?.items ?? []) if (!call.delivered_at) await delivered(call.id).catch(() => undefined);
}

const outbox = openDrawer<Job>("jobs").then((drawer) => new Outbox(drawer, send));

/** Say something of an order: kept at once, sent as soon as the line allows. */
export function useOutbox(account: string) {
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState<Job[]>([]);
  const [lost, setLost] = useState<Fate[]>([]);
  const flush = useCallback(async () => {
    const box = await outbox;
    setWaiting(await box.waiting(account));
    const fates = await box.flush(account);
    if (fates.length > 0) await queries.invalidateQueries({ queryKey: ORDERS });
    setLost((before) => [...before, ...fates.filter(({ error }) => error)]);
    setWaiting(await box.waiting(account));
  }, [account, queries]);
  useFlushing(flush);
  const say = async (order: Order, said: Said): Promise<void> => {
    const job: Job = { key: newKey(), account, order: order.id, version: order.version, said };
    await (await outbox).put(job);
    void flush();
  };
  return { waiting, lost, dismiss: () => setLost([]), say };
}

/** Try at the start, when the network comes back, and every few seconds. */
function useFlushing(flush: () => Promise<void>): void {
  useEffect(() => {
    const attempt = (): void => void flush();
    attempt();
    const timer = setInterval(attempt, TRY_AGAIN_MS);
    addEventListener("online", attempt);
    return () => {
      clearInterval(timer);
      removeEventListener("online", attempt);
    };
  }, [flush]);
}
