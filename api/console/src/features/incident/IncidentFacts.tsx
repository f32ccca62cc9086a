import { useTranslation } from "react-i18next";

import type { IncidentDetail } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";

/** A display name with its key, which settings and logs use; the key alone where there is no other name. */
const withKey = (title: string, key: string): string => (title === key ? key : `${title} (${key})`);

/** Place, camera, time and number of alerts. */
export function IncidentFacts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  const { area, location, names } = incident;
  const facts: Record<string, string> = {
    place: area ? (area.path?.length ? area.path : [area.name]).join(" / ") : t("shared:place.unknown"),
    address: names.address,
    ...(incident.camera && { camera: withKey(names.camera, incident.camera) }),
    zone: incident.zone === "frame" ? t("zone.frame") : withKey(names.zone, incident.zone),
    node: withKey(names.node, incident.node),
    time: `${formatTime(incident.first_at, now)} – ${formatTime(incident.last_at, now)}`,
    alerts: String(incident.n_alerts),
    ...(location && { location: `${location.lon.toFixed(5)}, ${location.lat.toFixed(5)}` }),
  };
  return (
    <section className="panel">
      <h3>{t("facts")}</h3>
      <dl className="facts">
        {Object.entries(facts)
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{t(`fact.${name}`)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
