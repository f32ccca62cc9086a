/** What the worker said, kept until the centre has it: a basement loses nothing. */
import type { Report } from "../../../api/endpoints";
import { OfflineError, ProblemError } from "../../../api/errors";
import type { Drawer } from "./keyValueStore";

export interface Photo {
  sha256: string;
  picture: Blob;
}

/** What is said of an order; `version` is the one the worker was looking at. */
export type Said =
  | { action: "accept" }
  | { action: "start"; location: { lon: number; lat: number } | null }
  | { action: "report"; found: Report["found"]; note: string; photos: Photo[] }
  | { action: "return"; reason: string };

export interface Job {
  /** Names the job over all tries, so that the centre does it once. */
  key: string;
  account: string;
  order: string;
  version: number;
  said: Said;
}

/** What became of a job that is no longer kept. */
export type Fate = { job: Job; error: null } | { job: Job; error: ProblemError };

/** Sends one job whole; may be called again with the same job. */
export type Send = (job: Job) => Promise<void>;

/**
 * Keeps jobs and sends them in order.
 *
 * A job is kept before it is first sent. It leaves when the centre has taken it, or has
 * refused it for good; a cut line, a busy centre or an ended login leave it where it is.
 */
export class Outbox {
  private readonly drawer: Drawer<Job>;
  private readonly send: Send;
  private flushing: Promise<Fate[]> | null = null;

  constructor(drawer: Drawer<Job>, send: Send) {
    this.drawer = drawer;
    this.send = send;
  }

  put(job: Job): Promise<void> {
    return this.drawer.put(job.key, job);
  }

  async waiting(account: string): Promise<Job[]> {
    const jobs = await this.drawer.values();
    return jobs.filter((job) => job.account === account).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Send what waits for `account`; returns what became of those that left. One run at a time. */
  flush(account: string): Promise<Fate[]> {
    this.flushing ??= this.sendAll(account).finally(() => {
      this.flushing = null;
    });
    return this.flushing;
  }

  private async sendAll(account: string): Promise<Fate[]> {
    const fates: Fate[] = [];
    for (;;) {
      const [job] = await this.waiting(account);
      const error = job ? await this.refusal(job) : "later";
      if (!job || error === "later") return fates;
      await this.drawer.remove(job.key);
      fates.push({ job, error });
    }
  }

  private async refusal(job: Job): Promise<ProblemError | null | "later"> {
    try {
      await this.send(job);
      return null;
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        if (error instanceof OfflineError) return "later";
        throw error;
      }
      return error.isPassing || error.isLogin ? "later" : error;
    }
  }
}
