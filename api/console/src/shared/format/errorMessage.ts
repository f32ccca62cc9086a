/** An error as a sentence for the person. */
import i18next from "i18next";

import { OfflineError, ProblemError } from "../../api/errors";

/** Say what happened and what it means, in the language of the page. */
export function trouble(error: unknown): string {
  if (error instanceof OfflineError) return i18next.t("shared:error.offline");
  if (error instanceof ProblemError && error.isStale) return i18next.t("shared:error.stale");
  if (error instanceof ProblemError && error.status === 403) return i18next.t("shared:error.forbidden");
  return i18next.t("shared:error.other", { why: error instanceof Error ? error.message : String(error) });
}
