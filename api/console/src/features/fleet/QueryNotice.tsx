import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";

/** Say that a part of the page is loading, could not be loaded, or is older than it looks. */
export function QueryNotice({ query }: { query: UseQueryResult<unknown> }) {
  const { t } = useTranslation("fleet");
  const now = useNow();
  if (query.isPending && query.fetchStatus === "fetching") return <p>{t("shared:loading")}</p>;
  if (!query.isError) return null;
  const reason = errorMessage(query.error);
  if (query.data === undefined) {
    return (
      <p role="alert" className="query-notice">
        {reason}
      </p>
    );
  }
  const time = formatTime(new Date(query.dataUpdatedAt).toISOString(), now);
  return (
    <p role="alert" className="query-notice">
      {t("stale", { time, reason })}
    </p>
  );
}
