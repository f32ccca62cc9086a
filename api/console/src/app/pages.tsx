/** Pages made of more than one feature; features do not know each other. */
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { IncidentPage } from "../features/incident/IncidentPage";
import { IncidentView } from "../features/incident/IncidentView";
import { QueuePage } from "../features/queue/QueuePage";

/** The queue, with the selected incident beside it. */
export function Queue() {
  return <QueuePage detail={(id) => <IncidentView key={id} id={id} />} />;
}

/** One incident with all that is known of it. */
export function Incident() {
  const { id = "" } = useParams();
  return <IncidentPage key={id} id={id} />;
}

/** An address that leads nowhere. */
export function Nowhere() {
  const { t } = useTranslation("app");
  return (
    <main className="note">
      <p>{t("nowhere")}</p>
      <Link to="/queue">{t("nav.queue")}</Link>
    </main>
  );
}
