/** Where and when. */
import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { useNow } from "../../shared/hooks/useNow";
import { clock } from "../../shared/format/format";

/** The plain facts, one a line. */
export function Facts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  const { area, location } = incident;
  const facts: Record<string, string> = {
    place: area ? (area.path?.length ? area.path : [area.name]).join(" / ") : t("place.unknown"),
    camera: `${incident.camera} · ${incident.node}`,
    zone: incident.zone,
    time: `${clock(incident.first_at, now)} – ${clock(incident.last_at, now)}`,
    alerts: String(incident.n_alerts),
    ...(location && { location: `${location.lon.toFixed(5)}, ${location.lat.toFixed(5)}` }),
  };
  return (
    <section className="block">
      <h3>{t("facts")}</h3>
      <dl className="facts">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt>{t(`fact.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
