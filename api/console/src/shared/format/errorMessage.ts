/** Messages for failed requests. */
import i18next from "i18next";

import { OfflineError, ProblemError } from "../../api/errors";

/** Describe an error in the language of the page, by its code where the page knows it. */
export function errorMessage(error: unknown): string {
  if (error instanceof OfflineError) return i18next.t("shared:error.offline");
  if (error instanceof ProblemError) {
    const key = `shared:problem.${error.code}`;
    if (i18next.exists(key)) return i18next.t(key);
    if (error.isConflict) return i18next.t("shared:error.conflict");
    if (error.status === 404) return i18next.t("shared:error.not_found");
    if (error.status === 403) return i18next.t("shared:error.forbidden");
  }
  return i18next.t("shared:error.other", { detail: error instanceof Error ? error.message : String(error) });
}
