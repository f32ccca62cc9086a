import { describe, expect, it } from "vitest";

import { OfflineError, ProblemError } from "../../../api/errors";
import type { WorkOrder } from "../../../api/types";
import { MemoryStore } from "./keyValueStore";
import { type Job, type JobSender, Outbox } from "./outbox";

const makeJob = (key: string, values: Partial<Job> = {}): Job => ({
  key,
  account: "worker-1",
  order: `order-${key}`,
  title: { zh: "", en: "" },
  version: 1,
  recordedAt: "2026-01-01T08:00:00Z",
  action: { action: "start", location: null },
  ...values,
});

/** A centre that first fails with the given errors (`null` succeeds), then accepts everything. */
function makeCentre(...errors: (Error | null)[]) {
  const accepted: string[] = [];
  const handedOver: string[] = [];
  const receive = (list: string[], entry: string): Promise<void> => {
    const error = errors.shift();
    if (error) return Promise.reject(error);
    list.push(entry);
    return Promise.resolve();
  };
  const sender: JobSender = {
    send: async ({ key, order, version }) => {
      await receive(accepted, `${key} v${version}`);
      return { id: order, version: version + 1 } as WorkOrder;
    },
    handOver: ({ key }, { code }) => receive(handedOver, `${key} ${code}`),
  };
  return { sender, accepted, handedOver };
}

async function makeOutbox(sender: JobSender, ...jobs: Job[]): Promise<Outbox> {
  const outbox = new Outbox(new MemoryStore(), sender);
  for (const job of jobs) await outbox.put(job);
  return outbox;
}

const pendingOf = async (outbox: Outbox, account = "worker-1"): Promise<string[]> =>
  (await outbox.state(account)).pending.map(({ key }) => key);

const conflict = new ProblemError(409, "wrong_state", "changed since");

describe("the outbox", () => {
  it("sends jobs in the order of their creation", async () => {
    const { sender, accepted } = makeCentre();
    const outbox = await makeOutbox(sender, makeJob("1"), makeJob("2"), makeJob("3"));

    await outbox.flush("worker-1");

    expect(accepted).toEqual(["1 v1", "2 v1", "3 v1"]);
    expect(await pendingOf(outbox)).toEqual([]);
  });

  it("sends a later action on an order with the version that the earlier one led to", async () => {
    const { sender, accepted } = makeCentre();
    const outbox = await makeOutbox(sender, makeJob("1", { order: "a" }), makeJob("2", { order: "a" }));

    await outbox.flush("worker-1");

    expect(accepted).toEqual(["1 v1", "2 v2"]);
    expect((await outbox.state("worker-1")).sent.get("a")?.version).toBe(3);
  });

  it.each([
    ["offline", new OfflineError()],
    ["logged_out", new ProblemError(401, "", "not logged in")],
  ])("keeps all jobs while the phone is %s, and sends them later", async (hindrance, error) => {
    const { sender, accepted } = makeCentre(error);
    const outbox = await makeOutbox(sender, makeJob("1"), makeJob("2"));

    await outbox.flush("worker-1");
    expect(await pendingOf(outbox)).toEqual(["1", "2"]);
    expect((await outbox.state("worker-1")).hindrance).toBe(hindrance);

    await outbox.flush("worker-1");
    expect(accepted).toEqual(["1 v1", "2 v1"]);
    expect((await outbox.state("worker-1")).hindrance).toBeNull();
  });

  it("goes on with other orders while the centre cannot deal with one", async () => {
    const { sender, accepted } = makeCentre(new ProblemError(500, "", "error"));
    const outbox = await makeOutbox(
      sender,
      makeJob("1", { order: "a" }),
      makeJob("2", { order: "a" }),
      makeJob("3", { order: "b" }),
    );

    await outbox.flush("worker-1");

    expect(accepted).toEqual(["3 v1"]);
    expect(await pendingOf(outbox)).toEqual(["1", "2"]);
    expect((await outbox.state("worker-1")).hindrance).toBe("busy");
  });

  it("hands what was refused to the desk, and keeps it until the worker has read that", async () => {
    const { sender, accepted, handedOver } = makeCentre(conflict);
    const outbox = await makeOutbox(sender, makeJob("1"), makeJob("2"));

    await outbox.flush("worker-1");

    expect(handedOver).toEqual(["1 wrong_state"]);
    expect(accepted).toEqual(["2 v1"]);
    const [refused] = (await outbox.state("worker-1")).refused;
    expect(refused).toMatchObject({ key: "1", handOver: "done", refusal: { code: "wrong_state", status: 409 } });

    await outbox.dismiss(refused as Job);
    expect((await outbox.state("worker-1")).refused).toEqual([]);
  });

  it("hands over later what cannot be handed over without a network", async () => {
    const { sender, handedOver } = makeCentre(conflict, new OfflineError());
    const outbox = await makeOutbox(sender, makeJob("1"));

    await outbox.flush("worker-1");
    expect((await outbox.state("worker-1")).refused).toMatchObject([{ handOver: "waiting" }]);

    await outbox.flush("worker-1");
    expect(handedOver).toEqual(["1 wrong_state"]);
  });

  it("keeps on the phone what the desk cannot get either", async () => {
    const { sender } = makeCentre(conflict, new ProblemError(404, "no_such_order", ""));
    const outbox = await makeOutbox(sender, makeJob("1"));

    await outbox.flush("worker-1");
    await outbox.flush("worker-1");

    expect((await outbox.state("worker-1")).refused).toMatchObject([{ key: "1", handOver: "impossible" }]);
  });

  it("hands nothing over when an order could not be accepted", async () => {
    const { sender, handedOver } = makeCentre(conflict);
    const outbox = await makeOutbox(sender, makeJob("1", { action: { action: "accept" } }));

    await outbox.flush("worker-1");

    expect(handedOver).toEqual([]);
    expect((await outbox.state("worker-1")).refused).toHaveLength(1);
  });

  it("does not send the jobs of another account", async () => {
    const { sender, accepted } = makeCentre();
    const outbox = await makeOutbox(sender, makeJob("1", { account: "worker-2" }));

    await outbox.flush("worker-1");

    expect(accepted).toEqual([]);
    expect(await pendingOf(outbox, "worker-2")).toEqual(["1"]);
  });

  it("sends a job once when two runs overlap", async () => {
    const { sender, accepted } = makeCentre();
    const outbox = await makeOutbox(sender, makeJob("1"));

    await Promise.all([outbox.flush("worker-1"), outbox.flush("worker-1")]);

    expect(accepted).toEqual(["1 v1"]);
  });
});
