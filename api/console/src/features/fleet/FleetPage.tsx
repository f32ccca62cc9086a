/** Whether everything that should watch is watching: silence is the worst failure. */
import { useTranslation } from "react-i18next";

import { trouble } from "../../shared/format/errorMessage";
import { Amiss } from "./AlarmPanel";
import { useCameras, useCentre, useNodes, useQuarantine } from "./queries";
import "./fleet.css";
import { Since } from "./StatusBadge";
import { NodeCard } from "./NodeCard";

/** The centre itself, what is amiss, the boxes with their cameras, and what could not be read. */
export function FleetPage() {
  const { t } = useTranslation("fleet");
  return (
    <main className="fleet">
      <h1 className="visually-hidden">{t("title")}</h1>
      <CentreHealth />
      <Amiss />
      <Nodes />
      <Quarantine />
    </main>
  );
}

function CentreHealth() {
  const { t } = useTranslation("fleet");
  const { data, error } = useCentre();
  if (error) return <p role="alert">{trouble(error)}</p>;
  if (!data) return null;
  return (
    <section className="fleet-centre">
      <h2>{t("centre")}</h2>
      <Part name="database" isWell={data.database} />
      <Part name="broker" isWell={data.broker} />
      <span>
        {t("centre.last")} <Since at={data.ingest_last_at} none="centre.never" />
      </span>
    </section>
  );
}

function Part({ name, isWell }: { name: string; isWell: boolean }) {
  const { t } = useTranslation("fleet");
  return (
    <span className={isWell ? "fleet-mark fleet-online" : "fleet-mark fleet-offline"}>
      {t(`centre.${name}`)} {t(isWell ? "ok" : "failing")}
    </span>
  );
}

function Nodes() {
  const { t } = useTranslation("fleet");
  const { data, error, isPending } = useNodes();
  const cameras = useCameras().data?.items ?? [];
  return (
    <section>
      <h2>{t("nodes")}</h2>
      {isPending && <p>{t("loading")}</p>}
      {error && <p role="alert">{trouble(error)}</p>}
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
      {error && <p role="alert">{trouble(error)}</p>}
      {data?.items.length === 0 && <p>{t("quarantine.none")}</p>}
      <ul className="fleet-quarantine">
        {data?.items.map((message) => (
          <li key={message.id}>
            <code>{message.topic}</code>
            <span>{message.reason}</span>
            <small>
              {message.times > 1 && `× ${message.times} · `}
              <Since at={message.received_at} />
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
