import { useTranslation } from "react-i18next";

import { AlarmPanel } from "./AlarmPanel";
import "./fleet.css";
import { NodeCard } from "./NodeCard";
import { QueryNotice } from "./QueryNotice";
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
  const query = useCentreHealth();
  const { data } = query;
  if (!data) return <QueryNotice query={query} />;
  return (
    <section className="centre-health">
      <h2>{t("centre")}</h2>
      <ComponentStatus name="database" isWorking={data.database} />
      <ComponentStatus name="broker" isWorking={data.broker} />
      <span>
        {t("centre.last_alert")} <TimeAgo at={data.ingest_last_at} none="centre.no_alert" />
      </span>
      <QueryNotice query={query} />
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
  const nodes = useNodes();
  const cameras = useCameras();
  return (
    <section>
      <h2>{t("nodes")}</h2>
      <QueryNotice query={nodes} />
      <QueryNotice query={cameras} />
      {nodes.data?.items.length === 0 && <p>{t("nodes.none")}</p>}
      {nodes.data?.items.map((node) => (
        <NodeCard
          key={node.id}
          node={node}
          cameras={cameras.data?.items.filter((camera) => camera.node === node.name) ?? null}
        />
      ))}
    </section>
  );
}

function Quarantine() {
  const { t } = useTranslation("fleet");
  const query = useQuarantine();
  const { data } = query;
  return (
    <section>
      <h2>{t("quarantine")}</h2>
      <QueryNotice query={query} />
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
