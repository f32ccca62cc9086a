/** The HTTP client, typed by the centre's OpenAPI document: a changed route fails the build. */
import createClient, { type Middleware } from "openapi-fetch";

import { BASE_PATH } from "./basePath";
import { OfflineError, toProblemError } from "./errors";
import type { paths } from "./schema";

const throwErrors: Middleware = {
  onError: () => new OfflineError(),
  async onResponse({ response }) {
    if (response.ok) return;
    throw toProblemError(response.status, await response.json().catch(() => null));
  },
};

export const client = createClient<paths>({ baseUrl: location.origin + BASE_PATH.replace(/\/$/, "") });
client.use(throwErrors);

/**
 * Return the body of a response.
 *
 * Throws `OfflineError` when the centre cannot be reached, `ProblemError` when it refuses.
 */
export async function unwrap<T>(response: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  return (await response).data as NonNullable<T>;
}
