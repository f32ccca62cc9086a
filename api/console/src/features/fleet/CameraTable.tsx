/** The cameras of a box, a row each; on a small page each is a block. */
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";

import type { Camera, FleetNode } from "../../api/types";
import { percent, stretch } from "../../shared/format/format";
import { useAsk } from "./queries";
import { Since, State } from "./StatusBadge";
import { why } from "./sourceErrors";

const COLUMNS = ["name", "state", "since", "figures", "proven"] as const;

export function CameraRows({ node, cameras }: { node: FleetNode; cameras: Camera[] }) {
  const { t } = useTranslation("fleet");
  return (
    <table>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <th key={column}>{t(`col.${column}`)}</th>
          ))}
          <th>
            <span className="visually-hidden">{t("col.actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {cameras.map((camera) => (
          <Row key={camera.name} node={node} camera={camera} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ node, camera }: { node: FleetNode; camera: Camera }) {
  const { t, i18n } = useTranslation("fleet");
  const isUnproven = node.alarms.some((alarm) => alarm.kind === "drill_overdue" && alarm.camera === camera.name);
  return (
    <tr>
      <th scope="row">{camera.name}</th>
      <td>
        <State state={camera.state} />
        {camera.reason && <small className="fleet-why">{why(camera.reason, i18n.language)}</small>}
      </td>
      <td data-label={t("col.since")}>
        <Since at={camera.told_at ?? camera.state_at} />
      </td>
      <td data-label={t("col.figures")}>
        <Figures health={camera.health} />
      </td>
      <td data-label={t("col.proven")} className={isUnproven ? "fleet-figure-bad" : ""}>
        <Since at={camera.proven_at} none="proven.never" />
      </td>
      <td>
        <Actions node={node} camera={camera.name} />
      </td>
    </tr>
  );
}

function Figures({ health }: { health: Camera["health"] }) {
  const { t } = useTranslation("fleet");
  if (!health) return <>–</>;
  const { fps_in: seen, fps_inferred: inferred, gate_ratio: quiet, lag_s: lag, reconnects } = health;
  const parts = [
    seen !== null && t("camera.fps", { seen: seen.toFixed(1), inferred: inferred?.toFixed(1) ?? "–" }),
    quiet !== null && t("camera.quiet", { share: percent(quiet) }),
    lag !== null && t("camera.lag", { lag: lag < 2 ? `${Math.round(lag * 1000)} ms` : stretch(lag * 1000) }),
    reconnects > 0 && t("camera.reconnects", { n: reconnects }),
  ];
  return <>{parts.filter(Boolean).join(" · ") || "–"}</>;
}

function Actions({ node, camera }: { node: FleetNode; camera: string }) {
  const { t } = useTranslation("fleet");
  const { mutate, isPending } = useAsk(node);
  return (
    <span className="fleet-actions">
      {(["self_test", "snapshot"] as const)
        .filter((kind) => node.actions.includes(kind))
        .map((kind) => (
          <Button key={kind} size="small" disabled={isPending} onClick={() => mutate({ kind, camera })}>
            {t(`ask.${kind}`)}
          </Button>
        ))}
      {node.actions.includes("restart_camera") && (
        <Popconfirm
          title={t("restart.sure", { camera })}
          okText={t("ask.restart_camera")}
          cancelText={t("shared:cancel")}
          onConfirm={() => mutate({ kind: "restart_camera", camera })}
        >
          <Button size="small" disabled={isPending}>
            {t("ask.restart_camera")}
          </Button>
        </Popconfirm>
      )}
    </span>
  );
}
