/** The clock of a row: whose time runs, and whether it has run out. */
import { useTranslation } from "react-i18next";

import type { Incident } from "../../api/types";
import { stretch, until } from "../format/format";

/** Nothing where no clock runs; whether it is late, the centre says. */
export function Due({ item, now }: { item: Incident; now: Date }) {
  const { t } = useTranslation("queue");
  const whose = item.review_due_at ? "review" : "order";
  const due = item.review_due_at ?? item.order?.due_at;
  if (!due) return item.overdue ? <span className="tag tag-late">{t("shared:overdue")}</span> : null;
  const rest = until(due, now);
  if (item.overdue) return <span className="tag tag-late">{t(`late.${whose}`, { for: stretch(-rest) })}</span>;
  return <span className="row-due">{t(`due.${whose}`, { for: stretch(rest) })}</span>;
}
