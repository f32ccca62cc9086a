/** What can go wrong on the way to the centre, told apart by what the person can do about it. */
import type { components } from "./schema";

/** The centre could not be reached: nothing was decided, the same may be sent again. */
export class OfflineError extends Error {
  constructor() {
    super("The centre cannot be reached.");
    this.name = "OfflineError";
  }
}

/** The centre answered with a problem (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  /** The reason for programs, such as `stale` or `needs_reason`; empty where none was given. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "ProblemError";
    this.status = status;
    this.code = code;
  }

  /** Nobody is logged in, or no longer. */
  get isLogin(): boolean {
    return this.status === 401;
  }

  /** Somebody else was faster: what is shown is no longer so. */
  get isStale(): boolean {
    return this.status === 409;
  }

  /** Worth another try later, unchanged. */
  get isPassing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Make the error of an answer that is not a success. */
export function problemOf(status: number, body: unknown): ProblemError {
  const told = (body ?? {}) as Partial<components["schemas"]["Problem"]>;
  return new ProblemError(status, told.code ?? "", told.detail || told.title || `HTTP ${status}`);
}
