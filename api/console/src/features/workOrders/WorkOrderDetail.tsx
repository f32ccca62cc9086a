/** One work order: why it is here, where to go, what to look for, and the next action. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { WorkOrder } from "../../api/types";
import { localize } from "../../shared/format/format";
import { Snapshot } from "../../shared/ui/Snapshot";
import { SnapshotCaption } from "../../shared/ui/SnapshotCaption";
import { usePosition } from "./geolocation";
import { reasonLabel } from "./notices/Notices";
import type { Hindrance, Job, WorkOrderAction } from "./offline/outbox";
import { EnlargeablePicture } from "./picture/PictureViewer";
import { ReportForm } from "./ReportForm";
import { ReturnForm } from "./ReturnForm";
import { WorkOrderStatus } from "./WorkOrderCard";

interface Props {
  order: WorkOrder;
  /** The actions on this order that wait to be sent. */
  pending: Job[];
  hindrance: Hindrance | null;
  /** What the worker may do after the pending actions. */
  actions: WorkOrder["actions"];
  submit: (order: WorkOrder, action: WorkOrderAction) => Promise<void>;
  back: () => void;
}

/** Show a work order with the actions that the centre allows, or will allow after those that wait. */
export function WorkOrderDetail({ order, pending, hindrance, actions, submit, back }: Props) {
  const { t } = useTranslation("workOrders");
  const { incident } = order;
  const title = localize(incident.title);
  return (
    <main className="work-order">
      <button className="work-order-back" onClick={back}>
        ← {t("back")}
      </button>
      <Reasons order={order} />
      <WorkOrderStatus order={order} />
      <h1>{title}</h1>
      <p className="card-message">{localize(incident.because)}</p>
      <Place order={order} />
      <EnlargeablePicture>
        <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={title} />
      </EnlargeablePicture>
      {incident.snapshot?.available && <SnapshotCaption content={incident.snapshot.content} />}
      {pending.length > 0 && (
        <p className="work-order-pending" role="status">
          {t("pending.actions", {
            actions: pending.map(({ action }) => t(`done.${action.action}`)).join(" · "),
            state: t(hindrance ? `pending.${hindrance}` : "sending"),
          })}
        </p>
      )}
      <NextActions order={order} actions={actions} isWaiting={pending.length > 0} submit={submit} />
    </main>
  );
}

/** Why the work is to be done again, or why the order comes from somebody else. */
function Reasons({ order: { rework_reason: rework, reassignment } }: { order: WorkOrder }) {
  const { t } = useTranslation("workOrders");
  return (
    <>
      {rework && (
        <p className="work-order-reason" role="alert">
          {t("rework", { reason: reasonLabel(rework) })}
        </p>
      )}
      {reassignment && (
        <p className="work-order-reason work-order-reason-info">
          {t("reassigned", { account: reassignment.account, reason: reasonLabel(reassignment.reason) })}
        </p>
      )}
    </>
  );
}

function Place({ order }: { order: WorkOrder }) {
  const { t } = useTranslation("workOrders");
  const { area, location, names } = order.incident;
  const path = area?.path?.length ? area.path.slice(-3).join(" / ") : area?.name;
  return (
    <p className="work-order-place">
      <span>
        <strong>{path ?? t("shared:place.unknown")}</strong>
        <small>{[names.camera || names.node, names.address].filter(Boolean).join(" · ")}</small>
      </span>
      {location && (
        <a className="work-order-map" href={`geo:${location.lat},${location.lon}?q=${location.lat},${location.lon}`}>
          {t("open_map")}
        </a>
      )}
    </p>
  );
}

interface NextActionsProps extends Pick<Props, "order" | "actions" | "submit"> {
  isWaiting: boolean;
}

function NextActions({ order, actions, isWaiting, submit }: NextActionsProps) {
  const { t } = useTranslation("workOrders");
  const [isReturning, setIsReturning] = useState(false);
  const [isFull, setIsFull] = useState(false);
  const isAllowed = (action: WorkOrder["actions"][number]): boolean => actions.includes(action);
  const position = usePosition(isAllowed("start"));
  const trySubmit = async (action: WorkOrderAction): Promise<void> => {
    try {
      await submit(order, action);
      setIsFull(false);
    } catch (error) {
      setIsFull(true);
      throw error;
    }
  };
  if (isReturning && isAllowed("return")) {
    const submitReturn = (reason: string): void => void trySubmit({ action: "return", reason });
    return <ReturnForm submit={submitReturn} cancel={() => setIsReturning(false)} />;
  }
  if (actions.length === 0) {
    if (isWaiting) return null;
    return (
      <>
        <p className="phone-message">{t(order.handled_at ? "reported" : "no_actions")}</p>
        <ReportedPhotos order={order} />
      </>
    );
  }
  return (
    <>
      {isFull && <p role="alert">{t("storage_full")}</p>}
      {isAllowed("report") && <ReportForm key={order.id} order={order} submit={trySubmit} />}
      {isAllowed("accept") && (
        <button className="button-primary" onClick={() => void trySubmit({ action: "accept" })}>
          {t("accept")}
        </button>
      )}
      {isAllowed("start") && (
        <button
          className="button-primary"
          onClick={() => void trySubmit({ action: "start", location: position() })}
        >
          {t("start")}
        </button>
      )}
      {isAllowed("return") && (
        <button className="button-secondary" onClick={() => setIsReturning(true)}>
          {t("return")}
        </button>
      )}
    </>
  );
}

/** The photos of the newest report. */
function ReportedPhotos({ order }: { order: WorkOrder }) {
  const { t } = useTranslation("workOrders");
  return (
    <div className="photo-input">
      {order.photos.map((sha256, index) => (
        <div key={sha256} className="photo-thumbnail">
          <EnlargeablePicture>
            <img src={evidenceUrl(sha256)} alt={t("photo.alt", { n: index + 1 })} />
          </EnlargeablePicture>
        </div>
      ))}
    </div>
  );
}
