/** Whether what is on screen is the present. */
import { useTranslation } from "react-i18next";

import type { LiveStatus } from "../../api/useEventStream";
import { useNow } from "../hooks/useNow";
import { stretch } from "../format/format";

/** Say so with a dot, and with words that count up while the line is cut. */
export function LiveMark({ status }: { status: LiveStatus }) {
  const { t } = useTranslation("shared");
  const now = useNow();
  const words = {
    on: () => t("live.on"),
    connecting: () => t("live.connecting"),
    off: () => t("live.off", { for: status.state === "off" ? stretch(now.getTime() - status.since.getTime()) : "" }),
  };
  return (
    <span className={`live live-${status.state}`} role="status">
      {words[status.state]()}
    </span>
  );
}
