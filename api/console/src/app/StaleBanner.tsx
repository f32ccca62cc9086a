import { type Query, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { OfflineError, ProblemError } from "../api/errors";
import { errorMessage } from "../shared/format/errorMessage";
import { formatTime } from "../shared/format/format";
import { useConnection } from "../shared/hooks/useConnection";
import { useNow } from "../shared/hooks/useNow";

/** A line on every page while what it shows may be out of date: since when, why, and what that means. */
export function StaleBanner() {
  const { t } = useTranslation("app");
  const now = useNow();
  const connection = useConnection();
  const failing = useFailingQuery();
  const isOff = connection.state === "off";
  if (!isOff && !failing) return null;
  const updatedAt = failing?.state.dataUpdatedAt;
  const since = isOff ? connection.since : updatedAt ? new Date(updatedAt) : null;
  const as_of = since ? t("stale.as_of", { at: formatTime(since.toISOString(), now) }) : "";
  const reason = failing && !(failing.error instanceof OfflineError) ? errorMessage(failing.error) : t("stale.offline");
  return (
    <p className="stale-banner" role="alert">
      {[reason, as_of, t("stale.actions")].filter(Boolean).join(" ")}
    </p>
  );
}

interface FailingQuery {
  error: Error;
  state: Query["state"];
}

/** Return a query of the page whose last request failed for a passing reason; `undefined` if all is well. */
function useFailingQuery(): FailingQuery | undefined {
  const cache = useQueryClient().getQueryCache();
  return useSyncExternalStore(
    (notify) => cache.subscribe(notify),
    () => {
      const query = cache.getAll().find((item) => item.isActive() && isPassing(failureOf(item)));
      return query && remember(query);
    },
  );
}

/** The snapshot must be the same object while nothing has changed. */
const remembered = new WeakMap<Query["state"], FailingQuery>();

function remember({ state }: Query): FailingQuery | undefined {
  const error = state.error ?? state.fetchFailureReason;
  if (!error) return undefined;
  const known = remembered.get(state) ?? { error, state };
  remembered.set(state, known);
  return known;
}

function failureOf({ state }: Query): Error | null {
  return state.error ?? state.fetchFailureReason;
}

/** What does not exist or is not allowed says so in its own place. */
function isPassing(error: Error | null): boolean {
  return error instanceof OfflineError || (error instanceof ProblemError && error.isTemporary);
}
