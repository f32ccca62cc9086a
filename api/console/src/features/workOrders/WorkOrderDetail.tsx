/** One work order: where to go, what to look for, and the next action. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { WorkOrder } from "../../api/types";
import type { ConnectionStatus } from "../../api/useEventStream";
import { localize } from "../../shared/format/format";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { Snapshot } from "../../shared/ui/Snapshot";
import { currentLocation } from "./geolocation";
import type { WorkOrderAction } from "./offline/outbox";
import { ReportForm } from "./ReportForm";
import { ReturnForm } from "./ReturnForm";
import { WorkOrderStatus } from "./WorkOrderCard";

interface Props {
  order: WorkOrder;
  /** The connection while an action of this order waits to be sent, otherwise `null`. */
  pendingOn: ConnectionStatus["state"] | null;
  submit: (order: WorkOrder, action: WorkOrderAction) => Promise<void>;
  back: () => void;
}

/** Show a work order with the actions that the centre allows; none while one waits to be sent. */
export function WorkOrderDetail({ order, pendingOn, submit, back }: Props) {
  const { t } = useTranslation("workOrders");
  const { incident } = order;
  return (
    <main className="work-order">
      <button className="work-order-back" onClick={back}>
        ← {t("back")}
      </button>
      <WorkOrderStatus order={order} />
      <h1>{localize(incident.title)}</h1>
      <p className="card-message">{localize(incident.because)}</p>
      {order.rework_reason && (
        <p className="phone-message" role="alert">
          {t("rework", { reason: codeLabel("workOrders", "rework", order.rework_reason) })}
        </p>
      )}
      <Place order={order} />
      <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={localize(incident.title)} />
      {pendingOn ? (
        <p className="phone-message">{t(pendingOn === "off" ? "pending.hint" : "sending")}</p>
      ) : (
        <NextActions order={order} submit={submit} />
      )}
    </main>
  );
}

function Place({ order }: { order: WorkOrder }) {
  const { t } = useTranslation("workOrders");
  const { area, location, camera } = order.incident;
  const path = area?.path?.length ? area.path.slice(-3).join(" / ") : area?.name;
  return (
    <p className="work-order-place">
      <span>
        <strong>{path ?? t("shared:place.unknown")}</strong>
        <small>{camera}</small>
      </span>
      {location && (
        <a className="work-order-map" href={`geo:${location.lat},${location.lon}?q=${location.lat},${location.lon}`}>
          {t("open_map")}
        </a>
      )}
    </p>
  );
}

function NextActions({ order, submit }: Pick<Props, "order" | "submit">) {
  const { t } = useTranslation("workOrders");
  const [isReturning, setIsReturning] = useState(false);
  const isAllowed = (action: WorkOrder["actions"][number]): boolean => order.actions.includes(action);
  const start = async (): Promise<void> => submit(order, { action: "start", location: await currentLocation() });
  if (isReturning) {
    const submitReturn = (reason: string): void => void submit(order, { action: "return", reason });
    return <ReturnForm submit={submitReturn} cancel={() => setIsReturning(false)} />;
  }
  if (order.actions.length === 0) {
    return <p className="phone-message">{t(order.handled_at ? "reported" : "no_actions")}</p>;
  }
  return (
    <>
      {isAllowed("report") && <ReportForm key={order.version} order={order} submit={submit} />}
      {isAllowed("accept") && (
        <button className="button-primary" onClick={() => void submit(order, { action: "accept" })}>
          {t("accept")}
        </button>
      )}
      {isAllowed("start") && (
        <button className="button-primary" onClick={() => void start()}>
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
