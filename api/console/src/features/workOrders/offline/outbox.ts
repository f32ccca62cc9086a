/** Actions of the worker, stored until the centre has received them. */
import type { FieldReport, StartRequest } from "../../../api/endpoints";
import { OfflineError, ProblemError } from "../../../api/errors";
import type { KeyValueStore } from "./keyValueStore";

export interface Photo {
  sha256: string;
  picture: Blob;
}

/** An action on a work order. */
export type WorkOrderAction =
  | { action: "accept" }
  | { action: "start"; location: NonNullable<StartRequest["location"]> | null }
  | { action: "report"; found: FieldReport["found"]; note: string; photos: Photo[] }
  | { action: "return"; reason: string };

/** An action that waits to be sent. */
export interface Job {
  /** Idempotency key, kept over all attempts. Sorts by time. */
  key: string;
  account: string;
  order: string;
  /** Version of the work order that the worker saw. */
  version: number;
  action: WorkOrderAction;
}

/** A job as stored by earlier versions of the page. */
export type StoredJob = Job | (Omit<Job, "action"> & { said: WorkOrderAction });

/** A job that has left the outbox: sent, or refused by the centre. */
export interface JobResult {
  job: Job;
  error: ProblemError | null;
}

/** Sends one job; may be called several times with the same job. */
export type SendJob = (job: Job) => Promise<void>;

/**
 * Stores jobs and sends them in order.
 *
 * A job is stored before the first attempt. It leaves the outbox once the centre has accepted or
 * refused it; without a network, with a busy centre or an expired session it stays.
 */
export class Outbox {
  private readonly store: KeyValueStore<StoredJob>;
  private readonly send: SendJob;
  private running: Promise<JobResult[]> | null = null;

  constructor(store: KeyValueStore<StoredJob>, send: SendJob) {
    this.store = store;
    this.send = send;
  }

  put(job: Job): Promise<void> {
    return this.store.put(job.key, job);
  }

  /** List the jobs of an account that wait to be sent, oldest first. */
  async pending(account: string): Promise<Job[]> {
    const jobs = (await this.store.values()).map(upgradeJob);
    return jobs.filter((job) => job.account === account).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Send the pending jobs of an account; returns those that have left. Concurrent calls share one run. */
  flush(account: string): Promise<JobResult[]> {
    this.running ??= this.sendPending(account).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async sendPending(account: string): Promise<JobResult[]> {
    const results: JobResult[] = [];
    for (;;) {
      const [job] = await this.pending(account);
      const error = job ? await this.trySend(job) : "retry";
      if (!job || error === "retry") return results;
      await this.store.remove(job.key);
      results.push({ job, error });
    }
  }

  private async trySend(job: Job): Promise<ProblemError | null | "retry"> {
    try {
      await this.send(job);
      return null;
    } catch (error) {
      if (error instanceof OfflineError) return "retry";
      if (!(error instanceof ProblemError)) throw error;
      return error.isTemporary || error.isUnauthenticated ? "retry" : error;
    }
  }
}

function upgradeJob(stored: StoredJob): Job {
  if (!("said" in stored)) return stored;
  const { said, ...job } = stored;
  return { ...job, action: said };
}
