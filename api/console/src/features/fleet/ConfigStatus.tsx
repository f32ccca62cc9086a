/** How the wanted configuration of a box stands; what it refused, key by key. */
import { useTranslation } from "react-i18next";

import type { FleetNode } from "../../api/types";
import { Since } from "./StatusBadge";

const WELL = new Set(["local", "applied"]);

export function ConfigState({ config }: { config: FleetNode["config"] }) {
  const { t } = useTranslation("fleet");
  const { standing, wanted_rev: wanted, wanted_at: at, rev, refused } = config;
  return (
    <div className="fleet-config">
      <span className={WELL.has(standing) ? "tag" : "tag tag-late"}>{t(`config.${standing}`)}</span>
      <span className="fleet-quiet">
        {wanted !== null && t("config.wanted", { rev: wanted })}
        {at && " · "}
        {at && <Since at={at} />}
        {wanted !== null && wanted !== rev && t("config.obeys", { rev })}
      </span>
      {refused.length > 0 && (
        <ul>
          {refused.map((one) => (
            <li key={one.key}>
              <code>{one.key}</code> {one.reason}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
