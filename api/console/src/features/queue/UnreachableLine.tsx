import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useCoverage } from "./queries";

/** A red line while people are on duty somewhere, and none of them can be reached. */
export function UnreachableLine() {
  const { t } = useTranslation("queue");
  const coverage = useCoverage();
  const first = coverage?.unreachable[0];
  if (!coverage || !first) return null;
  const count = coverage.unreachable_now;
  const area = first.area_path.at(-1) ?? first.area;
  const text = t(`unreachable.${count === 1 ? "one" : "many"}`, { count, area });
  return (
    <Alert
      banner
      type="error"
      className="queue-unreachable"
      title={text}
      action={<Link to="/people">{t("unreachable.show")}</Link>}
    />
  );
}
