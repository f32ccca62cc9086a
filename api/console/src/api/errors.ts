/** Request errors, by what the user can do about them. */
import type { components } from "./schema";

/** The centre cannot be reached. Whether it has processed the request is unknown: send the same request again. */
export class OfflineError extends Error {
  constructor() {
    super("The centre cannot be reached.");
    this.name = "OfflineError";
  }
}

/** The centre answered with a problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  /** Machine-readable reason, such as `stale` or `needs_reason`; empty if there is none. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "ProblemError";
    this.status = status;
    this.code = code;
  }

  /** The session is missing or has expired. */
  get isUnauthenticated(): boolean {
    return this.status === 401;
  }

  /** The object has changed since it was read. */
  get isConflict(): boolean {
    return this.status === 409;
  }

  /** The same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Build the error for an unsuccessful response. `body` may be anything, since proxies answer too. */
export function toProblemError(status: number, body: unknown): ProblemError {
  const problem = (body ?? {}) as Partial<components["schemas"]["Problem"]>;
  return new ProblemError(status, problem.code ?? "", problem.detail || problem.title || `HTTP ${status}`);
}
