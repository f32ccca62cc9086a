import { useTranslation } from "react-i18next";

import type { IncidentRow } from "../../api/types";
import { formatPercent } from "../format/format";

/** How likely an incident is true; one about equipment is a fact, and is marked as such. */
export function ProbabilityTag({ incident }: { incident: IncidentRow }) {
  const { t } = useTranslation("shared");
  if (incident.incident_class === "equipment") return <span className="tag">{t("equipment")}</span>;
  return (
    <span className="tag" title={t("probability")}>
      {formatPercent(incident.probability)}
    </span>
  );
}
