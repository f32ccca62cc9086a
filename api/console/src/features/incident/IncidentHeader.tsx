import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IncidentDetail } from "../../api/types";
import { localize } from "../../shared/format/format";
import { LevelBadge } from "../../shared/ui/LevelBadge";
import { ProbabilityTag } from "../../shared/ui/ProbabilityTag";
import { ActionBar } from "./actions/ActionBar";
import "./actions/actions.css";
import { PlaceLinks } from "./PlaceLinks";

/** The part of an id that people quote: its time in milliseconds. The search of the queue finds it. */
const NUMBER_LENGTH = 13;

/** Title, state and the actions that the centre allows. */
export function IncidentHeader({ incident, isPage }: { incident: IncidentDetail; isPage: boolean }) {
  const { t } = useTranslation("incident");
  return (
    <header className="incident-header">
      <div className="incident-title">
        <h2>
          <LevelBadge level={incident.level} />
          {localize(incident.title)}
        </h2>
        <PlaceLinks incident={incident} />
        <p>
          <span className="tag">{t(`shared:state.${incident.state}`)}</span>
          {incident.overdue && <span className="tag tag-overdue">{t("shared:overdue")}</span>}
          {incident.exercise && <span className="tag tag-drill">{t("shared:drill")}</span>}
          {incident.late && <span className="tag">{t("shared:late")}</span>}
          <ProbabilityTag incident={incident} />
          <span className="muted" title={t("number")}>
            {incident.id.slice(0, NUMBER_LENGTH)}
          </span>
          {!isPage && <Link to={`/incidents/${incident.id}`}>{t("open_page")}</Link>}
        </p>
      </div>
      <ActionBar incident={incident} />
    </header>
  );
}
