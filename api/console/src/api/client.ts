/** The way to the centre: typed by its OpenAPI, so that a changed route fails the build. */
import createClient, { type Middleware } from "openapi-fetch";

import { OfflineError, problemOf } from "./errors";
import type { paths } from "./schema";

const problems: Middleware = {
  onError: () => new OfflineError(),
  async onResponse({ response }) {
    if (response.ok) return;
    throw problemOf(response.status, await response.json().catch(() => null));
  },
};

export const client = createClient<paths>({ baseUrl: location.origin });
client.use(problems);

/**
 * Take the content of an answer.
 *
 * Raises `OfflineError` when the centre cannot be reached, `ProblemError` when it refuses.
 */
export async function content<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  return (await answer).data as NonNullable<T>;
}
