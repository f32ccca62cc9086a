/** Whether everything that should watch is watching: silence is the worst failure. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { cameras, health, nodes, quarantine } from "../../api/centre";
import { useNow } from "../../parts/now";
import { stretch, until } from "../../parts/say";
import { trouble } from "../../parts/trouble";
import "./fleet.css";

const POLL_MS = 15_000;

/** The centre itself, its boxes, their cameras, and what could not be read. */
export function FleetPage() {
  const { t } = useTranslation("fleet");
  const asked = {
    nodes: useQuery({ queryKey: ["nodes"], queryFn: nodes, refetchInterval: POLL_MS }),
    cameras: useQuery({ queryKey: ["cameras"], queryFn: cameras, refetchInterval: POLL_MS }),
    quarantine: useQuery({ queryKey: ["quarantine"], queryFn: quarantine, refetchInterval: POLL_MS }),
  };
  return (
    <main className="fleet">
      <h1 className="visually-hidden">{t("title")}</h1>
      <CentreHealth />
      <Table name="nodes" columns={["name", "state", "since"]} asked={asked.nodes}>
        {(node) => [node.name, <State key="state" state={node.state} />, <Since key="at" at={node.seen_at} />]}
      </Table>
      <Table name="cameras" columns={["name", "node", "state", "why", "since"]} asked={asked.cameras}>
        {(camera) => [
          camera.name,
          camera.node,
          <State key="state" state={camera.state} />,
          camera.reason,
          <Since key="at" at={camera.state_at} />,
        ]}
      </Table>
      <Table name="quarantine" columns={["topic", "why", "times", "since"]} asked={asked.quarantine}>
        {(message) => [message.topic, message.reason, message.times, <Since key="at" at={message.received_at} />]}
      </Table>
    </main>
  );
}

function CentreHealth() {
  const { t } = useTranslation("fleet");
  const { data, error } = useQuery({ queryKey: ["health"], queryFn: health, refetchInterval: POLL_MS });
  if (error) return <p role="alert">{trouble(error)}</p>;
  if (!data) return null;
  return (
    <section className="fleet-centre">
      <h2>{t("centre")}</h2>
      <Figure name="database" isWell={data.database} />
      <Figure name="broker" isWell={data.broker} />
      <span>
        {t("centre.last")} {data.ingest_last_at ? <Since at={data.ingest_last_at} /> : t("centre.never")}
      </span>
    </section>
  );
}

function Figure({ name, isWell }: { name: string; isWell: boolean }) {
  const { t } = useTranslation("fleet");
  return (
    <span className={isWell ? "fleet-online" : "fleet-offline"}>
      {t(`centre.${name}`)} {t(isWell ? "ok" : "failing")}
    </span>
  );
}

interface TableProps<T> {
  name: string;
  columns: string[];
  asked: UseQueryResult<{ items: T[] }>;
  /** The cells of a row; the first names it. */
  children: (item: T) => ReactNode[];
}

function Table<T>({ name, columns, asked, children }: TableProps<T>) {
  const { t } = useTranslation("fleet");
  const items = asked.data?.items ?? [];
  return (
    <section>
      <h2>{t(name)}</h2>
      {asked.isPending && <p>{t("loading")}</p>}
      {asked.error && <p role="alert">{trouble(asked.error)}</p>}
      {asked.data && items.length === 0 && <p>{t(`${name}.none`)}</p>}
      {items.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column}>{t(`col.${column}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map(children).map((cells) => (
              <tr key={cells.slice(0, 2).join(" ")}>
                {cells.map((cell, index) => (
                  <td key={columns[index]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function State({ state }: { state: string }) {
  const { t, i18n } = useTranslation("fleet");
  const key = `fleet:state.${state}`;
  return <span className={`fleet-${state}`}>{i18n.exists(key) ? t(key) : state}</span>;
}

function Since({ at }: { at: string | null }) {
  const { t } = useTranslation("fleet");
  const now = useNow();
  return at ? <time dateTime={at}>{t("ago", { for: stretch(-until(at, now)) })}</time> : t("never");
}
