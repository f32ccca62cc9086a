/** Pages composed of several features, which do not import each other. */
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { ChannelSettings } from "../features/channels/ChannelSettings";
import { IncidentPage } from "../features/incident/IncidentPage";
import { IncidentView } from "../features/incident/IncidentView";
import { usePrefetchIncidents } from "../features/incident/queries";
import { PeoplePage } from "../features/people/PeoplePage";
import { isDesk, isSupervisor, useAccount } from "../features/login/useAccount";
import { QueuePage } from "../features/queue/QueuePage";
import { RecordsPanel } from "../features/retention/RecordsPanel";
import { RetentionPage } from "../features/retention/RetentionPage";

/** The queue, with the selected incident beside it. */
export function QueueRoute() {
  return <QueuePage renderIncident={(id) => <IncidentView key={id} id={id} />} prefetch={usePrefetchIncidents()} />;
}

/** One incident in full. */
export function IncidentRoute() {
  const { id = "" } = useParams();
  const account = useAccount();
  const records = isDesk(account) ? <RecordsPanel incidentId={id} isSupervisor={isSupervisor(account)} /> : null;
  return <IncidentPage key={id} id={id} records={records} />;
}

/** Everybody on duty, with the settings of their channels. */
export function PeopleRoute() {
  return <PeoplePage renderChannels={(account) => <ChannelSettings key={account} account={account} />} />;
}

/** Legal holds and erasure requests. */
export function RetentionRoute() {
  return <RetentionPage accountName={useAccount().name} />;
}

/** Shown for an unknown address. */
export function NotFoundRoute() {
  const { t } = useTranslation("app");
  return (
    <main className="page-message">
      <p>{t("not_found")}</p>
      <Link to="/queue">{t("nav.queue")}</Link>
    </main>
  );
}
