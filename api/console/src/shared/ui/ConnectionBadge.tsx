import { useTranslation } from "react-i18next";

import type { ConnectionStatus } from "../../api/useEventStream";
import { formatDuration } from "../format/format";
import { useNow } from "../hooks/useNow";

/** Whether the page is live, and if not, for how long. */
export function ConnectionBadge({ status }: { status: ConnectionStatus }) {
  const { t } = useTranslation("shared");
  const now = useNow();
  const offFor = status.state === "off" ? formatDuration(now.getTime() - status.since.getTime()) : "";
  return (
    <span className={`connection connection-${status.state}`} role="status">
      {t(`connection.${status.state}`, { for: offFor })}
    </span>
  );
}
