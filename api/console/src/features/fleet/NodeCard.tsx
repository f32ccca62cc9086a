/** One box: how it fares, what it obeys, its cameras, what it was asked. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import type { Camera, FleetNode } from "../../api/types";
import { stretch } from "../../shared/format/format";
import { Fault } from "./AlarmPanel";
import { CameraRows } from "./CameraTable";
import { Commands } from "./CommandList";
import { ConfigState } from "./ConfigStatus";
import { useAsk } from "./queries";
import { Gaps } from "./SequenceGaps";
import { Figure, Since, State } from "./StatusBadge";

const SKEW_BORNE_S = 300;

export function NodeCard({ node, cameras }: { node: FleetNode; cameras: Camera[] }) {
  const { t } = useTranslation("fleet");
  const isMissing = node.alarms.some((alarm) => alarm.kind === "seq_gap");
  return (
    <article className={node.alarms.length ? "fleet-card fleet-card-bad" : "fleet-card"} aria-label={node.name}>
      <header>
        <h3>{node.name}</h3>
        <State state={node.state} />
        <span className="fleet-quiet">
          <Since at={node.state_at} />
        </span>
        <Actions node={node} />
      </header>
      {node.alarms.length > 0 && (
        <p className="fleet-tags">
          {node.alarms.map((alarm) => (
            <span key={alarm.kind + alarm.camera} className="tag tag-late">
              {alarm.camera && `${alarm.camera} · `}
              <Fault alarm={alarm} />
            </span>
          ))}
        </p>
      )}
      {isMissing && <Gaps node={node} />}
      <Figures node={node} />
      <ConfigState config={node.config} />
      {cameras.length > 0 ? (
        <CameraRows node={node} cameras={cameras} />
      ) : (
        <p className="fleet-quiet">{t("cameras.none")}</p>
      )}
      <Commands node={node} />
    </article>
  );
}

function Actions({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const { mutate, isPending } = useAsk(node);
  return (
    <span className="fleet-actions">
      {node.actions.includes("ping") && (
        <Button size="small" disabled={isPending} onClick={() => mutate({ kind: "ping" })}>
          {t("ask.ping")}
        </Button>
      )}
    </span>
  );
}

function Figures({ node }: { node: FleetNode }) {
  const { t } = useTranslation("fleet");
  const { health, skew_s: skew } = node;
  if (!health) return <p className="fleet-quiet">{t("health.none")}</p>;
  const { outbox_rows: rows, outbox_oldest_s: oldest, upload_files: files } = health;
  return (
    <dl className="fleet-figures">
      <Figure name="heard">
        <Since at={health.received_at} />
      </Figure>
      <Figure name="outbox" bad={(oldest ?? 0) > SKEW_BORNE_S}>
        {rows}
        {oldest !== null && ` (${stretch(oldest * 1000)})`}
      </Figure>
      {files !== null && <Figure name="uploads">{files}</Figure>}
      {health.disk_free_mb !== null && <Figure name="disk">{(health.disk_free_mb / 1000).toFixed(1)} GB</Figure>}
      {health.temperature_c !== null && <Figure name="heat">{health.temperature_c.toFixed(0)} °C</Figure>}
      {skew !== null && (
        <Figure name="clock" bad={Math.abs(skew) > SKEW_BORNE_S}>
          <Clock skew={skew} />
        </Figure>
      )}
      {node.software && <Figure name="software">{node.software.replace("gridwatch ", "")}</Figure>}
    </dl>
  );
}

/** Under two seconds is the time a message takes. */
function Clock({ skew }: { skew: number }) {
  const { t } = useTranslation("fleet");
  const by = stretch(Math.abs(skew) * 1000);
  if (Math.abs(skew) < 2) return <>{t("clock.right")}</>;
  return <>{t(skew > 0 ? "clock.ahead" : "clock.behind", { by })}</>;
}
