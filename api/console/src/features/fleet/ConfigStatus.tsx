import { useTranslation } from "react-i18next";

import type { FleetNode } from "../../api/types";
import { reasonText } from "./reasonText";
import { TimeAgo } from "./StatusBadge";

const GOOD_STATUSES = new Set(["local", "applied"]);

/** Whether a node has applied its desired configuration, and the keys that it has refused. */
export function ConfigStatus({ config }: { config: FleetNode["config"] }) {
  const { t } = useTranslation("fleet");
  const { status, desired_rev: desiredRev, desired_at: desiredAt, rev, refused } = config;
  return (
    <div className="config-status">
      <span className={GOOD_STATUSES.has(status) ? "tag" : "tag tag-overdue"}>{t(`config.${status}`)}</span>
      <span className="muted">
        {desiredRev !== null && t("config.desired_rev", { rev: desiredRev })}
        {desiredAt && " · "}
        {desiredAt && <TimeAgo at={desiredAt} />}
        {desiredRev !== null && desiredRev !== rev && ` · ${t("config.active_rev", { rev })}`}
      </span>
      {refused.length > 0 && (
        <ul>
          {refused.map((refusal) => (
            <li key={refusal.key}>
              <code>{refusal.key}</code> {reasonText(refusal)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
