/** Actions of the worker, stored until the centre has received them. */
import type { FieldReport, StartRequest } from "../../../api/endpoints";
import { OfflineError, ProblemError } from "../../../api/errors";
import type { WorkOrder } from "../../../api/types";
import type { KeyValueStore } from "./keyValueStore";

export interface Photo {
  sha256: string;
  picture: Blob;
}

/** An action on a work order. */
export type WorkOrderAction =
  | { action: "accept" }
  | { action: "start"; location: NonNullable<StartRequest["location"]> | null }
  | {
      action: "report";
      found: FieldReport["found"];
      /** What it was if it is no hazard; missing in a job that an older page has stored. */
      reasonCode?: FieldReport["reason_code"];
      note: string;
      photos: Photo[];
    }
  | { action: "return"; reason: string };

/** Why the centre has refused an action. */
export interface Refusal {
  code: string;
  status: number;
  detail: string;
}

/** Where a refused action is: still to be handed to the desk, handed over, or only on this phone. */
export type HandOver = "waiting" | "done" | "impossible";

/** An action that waits to be sent, or that the centre has refused. */
export interface Job {
  /** Idempotency key, kept over all attempts. Sorts by time. */
  key: string;
  account: string;
  order: string;
  /** Title of the work order, which may be gone when the action is refused; by language. */
  title: WorkOrder["incident"]["title"];
  /** Version of the work order that the worker saw, or that an earlier action of the worker led to. */
  version: number;
  /** When the worker did it, in ISO 8601. */
  recordedAt: string;
  action: WorkOrderAction;
  refusal?: Refusal;
  handOver?: HandOver;
}

/** Why nothing is sent at the moment. */
export type Hindrance = "offline" | "busy" | "logged_out";

/** What waits, what was refused, and what the centre has answered since the page was opened. */
export interface OutboxState {
  pending: Job[];
  refused: Job[];
  /** The newest answer for each work order. */
  sent: ReadonlyMap<string, WorkOrder>;
  hindrance: Hindrance | null;
}

/** Sends jobs; both may be called several times with the same job. */
export interface JobSender {
  /** Returns the work order after the action. */
  send: (job: Job) => Promise<WorkOrder>;
  /** Hand what the worker recorded to the desk. */
  handOver: (job: Job, refusal: Refusal) => Promise<void>;
}

/** Nothing was recorded on site with these actions. */
const NOT_HANDED_OVER: readonly string[] = ["accept"];

/**
 * Stores jobs and sends them in order.
 *
 * A job is stored before the first attempt. It leaves the outbox once the centre has accepted it.
 * What the centre refuses is handed to the desk and stays until the worker dismisses it. Without a
 * network or with an expired session everything waits; while the centre is busy with one work
 * order, the others go on.
 */
export class Outbox {
  private readonly store: KeyValueStore<Job>;
  private readonly sender: JobSender;
  private readonly sent = new Map<string, WorkOrder>();
  private readonly sentKeys = new Set<string>();
  private hindrance: Hindrance | null = null;
  private running: Promise<void> | null = null;
  private isCalledAgain = false;

  constructor(store: KeyValueStore<Job>, sender: JobSender) {
    this.store = store;
    this.sender = sender;
  }

  put(job: Job): Promise<void> {
    return this.store.put(job.key, job);
  }

  /** Delete a refused job. */
  dismiss(job: Job): Promise<void> {
    return this.store.remove(job.key);
  }

  async state(account: string): Promise<OutboxState> {
    const jobs = await this.jobs(account);
    return {
      pending: jobs.filter((job) => !job.refusal),
      refused: jobs.filter((job) => job.refusal),
      sent: new Map(this.sent),
      hindrance: this.hindrance,
    };
  }

  /** Send the pending jobs of an account, and those that are stored meanwhile. Concurrent calls share one run. */
  flush(account: string): Promise<void> {
    this.isCalledAgain = this.running !== null;
    this.running ??= this.run(account).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async run(account: string): Promise<void> {
    do {
      this.isCalledAgain = false;
      await this.sendAll(account);
    } while (this.isCalledAgain);
  }

  /** The jobs of an account, oldest first. */
  private async jobs(account: string): Promise<Job[]> {
    const jobs = await this.store.values();
    return jobs
      .map(upgradeJob)
      .filter((job) => job.account === account && !this.sentKeys.has(job.key))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private async sendAll(account: string): Promise<void> {
    const blocked = new Set<string>();
    let hindrance: Hindrance | null = null;
    for (;;) {
      const jobs = await this.jobs(account);
      const job = jobs.find((candidate) => isUnfinished(candidate) && !blocked.has(candidate.order));
      if (!job) break;
      const failure = await this.attempt(job);
      if (failure) blocked.add(job.order);
      hindrance = failure ?? hindrance;
      if (failure === "offline" || failure === "logged_out") break;
    }
    this.hindrance = hindrance;
  }

  /** Take a job one step further; returns what hinders it, or `null` once the step is done. */
  private async attempt(job: Job): Promise<Hindrance | null> {
    try {
      if (job.refusal) await this.sender.handOver(job, job.refusal);
      else return await this.finish(job, await this.sender.send(job));
      await this.put({ ...job, handOver: "done" });
      return null;
    } catch (error) {
      const hindrance = hindranceOf(error);
      if (hindrance) return hindrance;
      if (!(error instanceof ProblemError)) throw error;
      await this.put(afterRefusal(job, error));
      return null;
    }
  }

  /** Remove a sent job; the later ones of the same order go on from the version that it led to. */
  private async finish(job: Job, order: WorkOrder): Promise<null> {
    this.sent.set(order.id, order);
    this.sentKeys.add(job.key);
    for (const later of await this.jobs(job.account)) {
      if (later.order === job.order && !later.refusal) await this.put({ ...later, version: order.version });
    }
    await this.store.remove(job.key);
    return null;
  }
}

/** Whether something of the job is still to be sent. */
export function isUnfinished({ refusal, handOver }: Job): boolean {
  return !refusal || handOver === "waiting";
}

function hindranceOf(error: unknown): Hindrance | null {
  if (error instanceof OfflineError) return "offline";
  if (!(error instanceof ProblemError)) return null;
  if (error.isUnauthenticated) return "logged_out";
  return error.isTemporary ? "busy" : null;
}

function afterRefusal(job: Job, { code, status, message }: ProblemError): Job {
  if (job.refusal) return { ...job, handOver: "impossible" };
  const handOver = NOT_HANDED_OVER.includes(job.action.action) ? "done" : "waiting";
  return { ...job, refusal: { code, status, detail: message }, handOver };
}

/** Complete a job that an earlier version of the page has stored. */
function upgradeJob(job: Job): Job {
  return { ...job, title: job.title ?? { zh: "", en: "" }, recordedAt: job.recordedAt ?? recordedAtOf(job.key) };
}

/** An idempotency key begins with the time of its creation. */
const recordedAtOf = (key: string): string => new Date(Number.parseInt(key, 10)).toISOString();
