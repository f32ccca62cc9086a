import { useTranslation } from "react-i18next";

import { errorMessage } from "../../shared/format/errorMessage";
import { AlarmPanel } from "./AlarmPanel";
import "./fleet.css";
import { NodeCard } from "./NodeCard";
import { useCameras, useCentreHealth, useNodes, useQuarantine } from "./queries";
import { quarantineReasonText } from "./reasonText";
import { TimeAgo } from "./StatusBadge";

/** The state of the centre, the fleet alarms, the nodes with their cameras, and the quarantine. */
export function FleetPage() {
  const { t } = useTranslation("fleet");
  return (
    <main className="fleet">
      <h1 className="visually-hidden">{t("title")}</h1>
      <CentreHealth />
      <AlarmPanel />
      <NodeList />
      <Quarantine />
    </main>
  );
}

function CentreHealth() {
  const { t } = useTranslation("fleet");
  const { data, error } = useCentreHealth();
  if (error) return <p role="alert">{errorMessage(error)}</p>;
  if (!data) return null;
  return (
    <section className="centre-health">
      <h2>{t("centre")}</h2>
      <ComponentStatus name="database" isWorking={data.database} />
      <ComponentStatus name="broker" isWorking={data.broker} />
      <span>
        {t("centre.last_alert")} <TimeAgo at={data.ingest_last_at} none="centre.no_alert" />
      </span>
    </section>
  );
}

function ComponentStatus({ name, isWorking }: { name: string; isWorking: boolean }) {
  const { t } = useTranslation("fleet");
  return (
    <span className={`status-badge status-${isWorking ? "online" : "offline"}`}>
      {t(`centre.${name}`)} {t(isWorking ? "working" : "failing")}
    </span>
  );
}

function NodeList() {
  const { t } = useTranslation("fleet");
  const { data, error, isPending } = useNodes();
  const cameras = useCameras().data?.items ?? [];
  return (
    <section>
      <h2>{t("nodes")}</h2>
      {isPending && <p>{t("shared:loading")}</p>}
      {error && <p role="alert">{errorMessage(error)}</p>}
      {data?.items.length === 0 && <p>{t("nodes.none")}</p>}
      {data?.items.map((node) => (
        <NodeCard key={node.id} node={node} cameras={cameras.filter((camera) => camera.node === node.name)} />
      ))}
    </section>
  );
}

function Quarantine() {
  const { t } = useTranslation("fleet");
  const { data, error } = useQuarantine();
  return (
    <section>
      <h2>{t("quarantine")}</h2>
      {error && <p role="alert">{errorMessage(error)}</p>}
      {data?.items.length === 0 && <p>{t("quarantine.none")}</p>}
      <ul className="quarantine">
        {data?.items.map((message) => (
          <li key={message.id}>
            <code>{message.topic}</code>
            <span>{quarantineReasonText(message)}</span>
            <small>
              {message.times > 1 && `× ${message.times} · `}
              <TimeAgo at={message.received_at} />
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
