import { describe, expect, it } from "vitest";

import { OfflineError, ProblemError } from "../../../api/errors";
import { MemoryStore } from "./keyValueStore";
import { type Job, Outbox, type StoredJob } from "./outbox";

const makeJob = (key: string, account = "worker-1"): Job => ({
  key,
  account,
  order: `order-${key}`,
  version: 1,
  action: { action: "accept" },
});

/** A centre that first fails with the given errors (`null` succeeds), then accepts everything. */
function makeCentre(...errors: (Error | null)[]) {
  const accepted: string[] = [];
  const send = (job: Job): Promise<void> => {
    const error = errors.shift();
    if (error) return Promise.reject(error);
    accepted.push(job.key);
    return Promise.resolve();
  };
  return { send, accepted };
}

async function makeOutbox(send: (job: Job) => Promise<void>, ...keys: string[]): Promise<Outbox> {
  const outbox = new Outbox(new MemoryStore(), send);
  for (const key of keys) await outbox.put(makeJob(key));
  return outbox;
}

const keysOf = (jobs: Job[]): string[] => jobs.map(({ key }) => key);

describe("the outbox", () => {
  it("sends jobs in the order of their creation", async () => {
    const centre = makeCentre();
    const outbox = await makeOutbox(centre.send, "1", "2", "3");

    await outbox.flush("worker-1");

    expect(centre.accepted).toEqual(["1", "2", "3"]);
    expect(await outbox.pending("worker-1")).toEqual([]);
  });

  it.each([
    ["the network is down", new OfflineError()],
    ["the centre is busy", new ProblemError(503, "", "busy")],
    ["the session has expired", new ProblemError(401, "", "not logged in")],
  ])("keeps all jobs while %s, and sends them later", async (_, error) => {
    const centre = makeCentre(error);
    const outbox = await makeOutbox(centre.send, "1", "2");

    expect(await outbox.flush("worker-1")).toEqual([]);
    expect(keysOf(await outbox.pending("worker-1"))).toEqual(["1", "2"]);

    await outbox.flush("worker-1");
    expect(centre.accepted).toEqual(["1", "2"]);
  });

  it("reports a refused job and continues with the next", async () => {
    const conflict = new ProblemError(409, "stale", "changed since");
    const centre = makeCentre(conflict);
    const outbox = await makeOutbox(centre.send, "1", "2");

    const results = await outbox.flush("worker-1");

    expect(results.map(({ job, error }) => [job.key, error])).toEqual([
      ["1", conflict],
      ["2", null],
    ]);
    expect(await outbox.pending("worker-1")).toEqual([]);
  });

  it("does not send the jobs of another account", async () => {
    const centre = makeCentre();
    const outbox = await makeOutbox(centre.send);
    await outbox.put(makeJob("1", "worker-2"));

    await outbox.flush("worker-1");

    expect(centre.accepted).toEqual([]);
    expect(keysOf(await outbox.pending("worker-2"))).toEqual(["1"]);
  });

  it("sends a job once when two runs overlap", async () => {
    const centre = makeCentre();
    const outbox = await makeOutbox(centre.send, "1");

    await Promise.all([outbox.flush("worker-1"), outbox.flush("worker-1")]);

    expect(centre.accepted).toEqual(["1"]);
  });

  it("reads jobs stored by an earlier version of the page", async () => {
    const store = new MemoryStore<StoredJob>();
    const { action: said, ...job } = makeJob("1");
    await store.put("1", { ...job, said });

    expect(await new Outbox(store, makeCentre().send).pending("worker-1")).toEqual([makeJob("1")]);
  });
});
