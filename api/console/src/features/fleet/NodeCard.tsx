import { Button } from "antd";
import { useTranslation } from "react-i18next";

import type { Camera, FleetAlarm, FleetNode } from "../../api/types";
import { formatDuration } from "../../shared/format/format";
import { CameraTable } from "./CameraTable";
import { CommandList } from "./CommandList";
import { ConfigStatus } from "./ConfigStatus";
import { ConditionBadge, ProblemList } from "./ProblemList";
import { useSendCommand } from "./queries";
import { SequenceGaps } from "./SequenceGaps";
import { Metric, StatusBadge, TimeAgo } from "./StatusBadge";

/** Clock differences below this are within the transit time of a message. */
const VISIBLE_SKEW_S = 2;

interface Props {
  node: FleetNode;
  /** `null` while they are not known. */
  cameras: Camera[] | null;
}

/** A node: its condition and problems, metrics, configuration, cameras and latest commands. */
export function NodeCard({ node, cameras }: Props) {
  const { t } = useTranslation("fleet");
  return (
    <article className={`node-card node-card-${node.condition}`} aria-label={node.title}>
      <header>
        <h3>{node.title}</h3>
        <ConditionBadge condition={node.condition} />
        <span className="muted">
          {t("connection")} <StatusBadge status={node.state} /> <TimeAgo at={node.state_at} />
        </span>
        <NodeActions node={node} />
        {(node.address || node.title !== node.name) && (
          <small className="node-key">
            {[node.address, node.title !== node.name && node.name].filter(Boolean).join(" · ")}
          </small>
        )}
      </header>
      {node.problems.length > 0 && <ProblemList problems={node.problems} />}
      {hasAlarm(node, "seq_gap") && <SequenceGaps node={node} />}
      <NodeMetrics node={node} />
      <ConfigStatus config={node.config} />
      {cameras && cameras.length > 0 && <CameraTable node={node} cameras={cameras} />}
      {cameras?.length === 0 && <p className="muted">{t("cameras.none")}</p>}
      <CommandList node={node} />
    </article>
  );
}

function hasAlarm(node: FleetNode, kind: FleetAlarm["kind"]): boolean {
  return node.alarms.some((alarm) => alarm.kind === kind);
}

function NodeActions({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const { mutate, isPending } = useSendCommand(node);
  return (
    <span className="actions">
      {node.actions.includes("ping") && (
        <Button size="small" disabled={isPending} onClick={() => mutate({ kind: "ping" })}>
          {t("command.ping")}
        </Button>
      )}
    </span>
  );
}

function NodeMetrics({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const { health, skew_s: skewS } = node;
  if (!health) return <p className="muted">{t("health.none")}</p>;
  const { outbox_rows: rows, outbox_oldest_s: oldestS, upload_files: files } = health;
  return (
    <dl className="metrics">
      <Metric name="last_health">
        <TimeAgo at={health.received_at} />
      </Metric>
      <Metric name="outbox" isBad={hasAlarm(node, "backlog")}>
        {rows}
        {oldestS !== null && ` (${formatDuration(oldestS * 1000)})`}
      </Metric>
      {files !== null && <Metric name="uploads">{files}</Metric>}
      {health.disk_free_mb !== null && <Metric name="disk">{(health.disk_free_mb / 1000).toFixed(1)} GB</Metric>}
      {health.temperature_c !== null && <Metric name="temperature">{health.temperature_c.toFixed(0)} °C</Metric>}
      {skewS !== null && (
        <Metric name="clock" isBad={hasAlarm(node, "clock_skew")}>
          <ClockSkew skewS={skewS} />
        </Metric>
      )}
      {node.software && <Metric name="software">{node.software.replace("gridwatch ", "")}</Metric>}
    </dl>
  );
}

function ClockSkew({ skewS }: { skewS: number }) {
  const { t } = useTranslation("fleet");
  if (Math.abs(skewS) < VISIBLE_SKEW_S) return <>{t("clock.synchronized")}</>;
  return <>{t(skewS > 0 ? "clock.ahead" : "clock.behind", { skew: formatDuration(Math.abs(skewS) * 1000) })}</>;
}
