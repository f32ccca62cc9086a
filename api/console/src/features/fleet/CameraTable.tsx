import { Button, Popconfirm } from "antd";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

import type { Camera, FleetNode } from "../../api/types";
import { formatDuration, formatPercent } from "../../shared/format/format";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { useSendCommand } from "./queries";
import { StatusBadge, TimeAgo } from "./StatusBadge";

const COLUMNS = ["name", "status", "since", "metrics", "drill"] as const;

/** The cameras of a node, one row each; on a narrow screen each row becomes a block. */
export function CameraTable({ node, cameras }: { node: FleetNode; cameras: Camera[] }) {
  const { t } = useTranslation("fleet");
  return (
    <table>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <th key={column}>{t(`column.${column}`)}</th>
          ))}
          <th>
            <span className="visually-hidden">{t("column.actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {cameras.map((camera) => (
          <CameraRow key={camera.name} node={node} camera={camera} />
        ))}
      </tbody>
    </table>
  );
}

function CameraRow({ node, camera }: { node: FleetNode; camera: Camera }) {
  const { t } = useTranslation("fleet");
  const isDrillOverdue = node.alarms.some((alarm) => alarm.kind === "drill_overdue" && alarm.camera === camera.name);
  return (
    <tr>
      <th scope="row">
        {camera.title}
        {(camera.address || camera.title !== camera.name) && (
          <small className="camera-reason">
            {[camera.address, camera.title !== camera.name && camera.name].filter(Boolean).join(" · ")}
          </small>
        )}
      </th>
      <td>
        <StatusBadge status={camera.reason_codes.includes("overloaded") ? "slow" : camera.state} />
        {camera.reason && (
          <small className="camera-reason">{describeReason(camera)}</small>
        )}
      </td>
      <td data-label={t("column.since")}>
        <TimeAgo at={camera.reported_at ?? camera.state_at} />
      </td>
      <td data-label={t("column.metrics")}>
        <CameraMetrics health={camera.health} />
      </td>
      <td data-label={t("column.drill")} className={isDrillOverdue ? "metric-bad" : ""}>
        <TimeAgo at={camera.drill_passed_at} none="drill.never" />
      </td>
      <td>
        <CameraActions node={node} camera={camera} />
      </td>
    </tr>
  );
}

/** Describe the reason by its codes; a reason without codes is shown as the node has written it. */
function describeReason({ reason, reason_codes: codes }: Camera): string {
  return codes.map((code) => codeLabel("fleet", "reason", code)).join(i18next.t("fleet:because")) || reason;
}

function CameraMetrics({ health }: { health: Camera["health"] }) {
  const { t } = useTranslation("fleet");
  if (!health) return <>–</>;
  const { fps_in: fps, fps_inferred: inferred, gate_ratio: skipped, lag_s: lag, reconnects } = health;
  const { unexplained_share: unexplained, learning_zones: learning } = health;
  const metrics = [
    fps !== null && t("camera.fps", { fps: fps.toFixed(1), inferred: inferred?.toFixed(1) ?? "–" }),
    skipped !== null && t("camera.skipped", { share: formatPercent(skipped) }),
    lag !== null && t("camera.lag", { lag: lag < 2 ? `${Math.round(lag * 1000)} ms` : formatDuration(lag * 1000) }),
    reconnects > 0 && t("camera.reconnects", { n: reconnects }),
    unexplained !== null && t("camera.unexplained", { share: formatPercent(unexplained) }),
    Object.keys(learning).length > 0 && t("camera.learning", { zones: Object.keys(learning).join(", ") }),
  ];
  return <>{metrics.filter(Boolean).join(" · ") || "–"}</>;
}

function CameraActions({ node, camera: { name: camera, title } }: { node: FleetNode; camera: Camera }) {
  const { t } = useTranslation("fleet");
  const { mutate, isPending } = useSendCommand(node);
  return (
    <span className="actions">
      {(["self_test", "snapshot"] as const)
        .filter((kind) => node.actions.includes(kind))
        .map((kind) => (
          <Button key={kind} size="small" disabled={isPending} onClick={() => mutate({ kind, camera })}>
            {t(`command.${kind}`)}
          </Button>
        ))}
      {node.actions.includes("restart_camera") && (
        <Popconfirm
          title={t("restart.confirm", { camera: title })}
          okText={t("command.restart_camera")}
          cancelText={t("shared:cancel")}
          onConfirm={() => mutate({ kind: "restart_camera", camera })}
        >
          <Button size="small" disabled={isPending}>
            {t("command.restart_camera")}
          </Button>
        </Popconfirm>
      )}
    </span>
  );
}
