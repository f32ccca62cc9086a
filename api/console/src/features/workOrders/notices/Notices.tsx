import { useTranslation } from "react-i18next";

import { localize } from "../../../shared/format/format";
import { codeLabel } from "../../../shared/i18n/codeLabel";
import type { Notice } from "./notices";

interface Props {
  notices: Notice[];
  dismiss: () => void;
}

/** Recalls, rework and other news on top of the page, until the worker has read them. */
export function Notices({ notices, dismiss }: Props) {
  const { t } = useTranslation("workOrders");
  if (notices.length === 0) return null;
  return (
    <div className="notices" role="alert">
      {notices.map((notice) => (
        <p key={notice.id} data-kind={notice.kind}>
          <strong>{t(`notice.${notice.kind}`)}</strong>
          {notice.order && <span>{localize(notice.order.incident.title)}</span>}
          <NoticeReason notice={notice} />
        </p>
      ))}
      <button onClick={dismiss}>{t("dismiss")}</button>
    </div>
  );
}

/** Who took the order back and why, or why the work was not accepted. */
function NoticeReason({ notice: { kind, order } }: { notice: Notice }) {
  const { t } = useTranslation("workOrders");
  if (kind === "rework" && order?.rework_reason) {
    return <span>{codeLabel("workOrders", "reason", order.rework_reason)}</span>;
  }
  if (kind !== "recall" || !order?.withdrawal) return null;
  const { account, reason } = order.withdrawal;
  return <span>{t("notice.by", { account, reason: reasonLabel(reason) })}</span>;
}

/** Return the text for a reason: a code of the centre, or free text. */
export function reasonLabel(reason: string): string {
  return reason ? codeLabel("workOrders", "reason", reason) : "—";
}
