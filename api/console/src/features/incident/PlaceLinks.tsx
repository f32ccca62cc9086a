import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IncidentDetail } from "../../api/types";

/** Area and camera; each leads to all of its incidents. */
export function PlaceLinks({ incident: { area, node, camera, names } }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const to = (filter: Record<string, string>): string => `/queue?${new URLSearchParams({ view: "all", ...filter })}`;
  return (
    <p className="incident-place">
      {area && (
        <Link to={to({ area: area.code })} title={t("all_of_area")}>
          {area.name}
        </Link>
      )}
      {area && camera && " · "}
      {camera && (
        <Link to={to({ node, camera })} title={t("all_of_camera")} data-link="camera">
          {names.camera || camera}
        </Link>
      )}
    </p>
  );
}
