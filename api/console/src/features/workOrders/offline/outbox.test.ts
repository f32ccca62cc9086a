import { describe, expect, it } from "vitest";

import { OfflineError, ProblemError } from "../../../api/errors";
import { MemoryDrawer } from "./keyValueStore";
import { type Job, Outbox } from "./outbox";

const aJob = (key: string, account = "worker-1"): Job => ({
  key,
  account,
  order: `order-${key}`,
  version: 1,
  said: { action: "accept" },
});

/** A centre that answers as scripted, then takes everything; `taken` are the jobs it has. */
function aCentre(...answers: (Error | null)[]) {
  const taken: string[] = [];
  const send = (job: Job): Promise<void> => {
    const answer = answers.shift();
    if (answer) return Promise.reject(answer);
    taken.push(job.key);
    return Promise.resolve();
  };
  return { send, taken };
}

async function anOutbox(send: (job: Job) => Promise<void>, ...keys: string[]): Promise<Outbox> {
  const outbox = new Outbox(new MemoryDrawer(), send);
  for (const key of keys) await outbox.put(aJob(key));
  return outbox;
}

const keysOf = (jobs: Job[]): string[] => jobs.map(({ key }) => key);

describe("the outbox", () => {
  it("sends in the order things were said", async () => {
    const centre = aCentre();
    const outbox = await anOutbox(centre.send, "1", "2", "3");

    await outbox.flush("worker-1");

    expect(centre.taken).toEqual(["1", "2", "3"]);
    expect(await outbox.waiting("worker-1")).toEqual([]);
  });

  it.each([
    ["a cut line", new OfflineError()],
    ["a busy centre", new ProblemError(503, "", "busy")],
    ["an ended login", new ProblemError(401, "", "who are you")],
  ])("keeps everything over %s, and sends it later", async (_, error) => {
    const centre = aCentre(error);
    const outbox = await anOutbox(centre.send, "1", "2");

    expect(await outbox.flush("worker-1")).toEqual([]);
    expect(keysOf(await outbox.waiting("worker-1"))).toEqual(["1", "2"]);

    await outbox.flush("worker-1");
    expect(centre.taken).toEqual(["1", "2"]);
  });

  it("tells of a refusal and goes on with the next", async () => {
    const stale = new ProblemError(409, "stale", "somebody was faster");
    const centre = aCentre(stale);
    const outbox = await anOutbox(centre.send, "1", "2");

    const fates = await outbox.flush("worker-1");

    expect(fates.map(({ job, error }) => [job.key, error])).toEqual([
      ["1", stale],
      ["2", null],
    ]);
    expect(await outbox.waiting("worker-1")).toEqual([]);
  });

  it("sends nothing of one account under the login of another", async () => {
    const centre = aCentre();
    const outbox = await anOutbox(centre.send);
    await outbox.put(aJob("1", "worker-2"));

    await outbox.flush("worker-1");

    expect(centre.taken).toEqual([]);
    expect(keysOf(await outbox.waiting("worker-2"))).toEqual(["1"]);
  });

  it("sends a job once though two flushes meet", async () => {
    const centre = aCentre();
    const outbox = await anOutbox(centre.send, "1");

    await Promise.all([outbox.flush("worker-1"), outbox.flush("worker-1")]);

    expect(centre.taken).toEqual(["1"]);
  });
});
