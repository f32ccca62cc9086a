import { useTranslation } from "react-i18next";

import type { IncidentRow } from "../../api/types";
import { formatDuration, millisecondsUntil } from "../format/format";
import { useNow } from "../hooks/useNow";

interface Props {
  /** `null` if there is no deadline. */
  dueAt: string | null;
  /** Decided by the centre. */
  isOverdue: boolean;
  /** Which deadline it is; `null` if there is none. */
  kind: IncidentRow["due_kind"];
}

/** The time left until a deadline, or by how much it has been missed. */
export function DueTag({ dueAt, isOverdue, kind }: Props) {
  const { t } = useTranslation("shared");
  const now = useNow();
  if (!dueAt) return isOverdue ? <span className="tag tag-overdue">{t("overdue")}</span> : null;
  const left = millisecondsUntil(dueAt, now);
  if (isOverdue) return <span className="tag tag-overdue">{t(`overdue.${kind}`, { for: formatDuration(-left) })}</span>;
  return <span className="due">{t(`due.${kind}`, { for: formatDuration(left) })}</span>;
}
