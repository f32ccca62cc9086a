/** One order: where to go, what to look for, and the next thing to do. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LiveStatus } from "../../api/useEventStream";
import type { Order } from "../../api/types";
import { LevelMark } from "../../shared/ui/LevelBadge";
import { say as inWords } from "../../shared/format/format";
import { Snapshot } from "../../shared/ui/Snapshot";
import { Due } from "./WorkOrderCard";
import type { Said } from "./offline/outbox";
import { whereAmI } from "./geolocation";
import { ReportForm } from "./ReportForm";
import { ReturnForm } from "./ReturnForm";

interface Props {
  order: Order;
  /** The line while something said of this order is on its way; otherwise `null`. */
  waits: LiveStatus["state"] | null;
  say: (order: Order, said: Said) => Promise<void>;
  back: () => void;
}

/** The order with what the centre allows; while something waits to be sent, nothing more. */
export function OrderPage({ order, waits, say, back }: Props) {
  const { t } = useTranslation("orders");
  const { incident } = order;
  return (
    <main className="order">
      <button className="order-back" onClick={back}>
        ← {t("back")}
      </button>
      <p className="card-head">
        <LevelMark level={incident.level} />
        <span className="tag">{t(`shared:state.${order.state}`)}</span>
        <Due order={order} />
      </p>
      <h1>{inWords(incident.title)}</h1>
      <p className="card-because">{inWords(incident.because)}</p>
      <Place order={order} />
      <Snapshot snapshot={incident.snapshot} boxes={incident.boxes} title={inWords(incident.title)} />
      {waits ? (
        <p className="phone-note">{t(waits === "off" ? "waiting.here" : "sending")}</p>
      ) : (
        <Next order={order} say={say} />
      )}
    </main>
  );
}

function Place({ order }: { order: Order }) {
  const { t } = useTranslation("orders");
  const { area, location, camera } = order.incident;
  const path = area?.path?.length ? area.path.slice(-3).join(" / ") : area?.name;
  return (
    <p className="order-place">
      <span>
        <strong>{path ?? t("place.unknown")}</strong>
        <small>{camera}</small>
      </span>
      {location && (
        <a className="order-map" href={`geo:${location.lat},${location.lon}?q=${location.lat},${location.lon}`}>
          {t("navigate")}
        </a>
      )}
    </p>
  );
}

/** What the centre allows next, the likely one large. */
function Next({ order, say }: Pick<Props, "order" | "say">) {
  const { t } = useTranslation("orders");
  const [isReturning, setReturning] = useState(false);
  const can = (action: Order["actions"][number]): boolean => order.actions.includes(action);
  const arrive = async (): Promise<void> => say(order, { action: "start", location: await whereAmI() });
  if (isReturning) {
    const giveBack = (reason: string): void => void say(order, { action: "return", reason });
    return <ReturnForm give={giveBack} cancel={() => setReturning(false)} />;
  }
  if (order.actions.length === 0) return <p className="phone-note">{t(order.handled_at ? "sent" : "nothing")}</p>;
  return (
    <>
      {can("report") && <ReportForm key={order.version} order={order} say={say} />}
      {can("accept") && (
        <button className="phone-do" onClick={() => void say(order, { action: "accept" })}>
          {t("accept")}
        </button>
      )}
      {can("start") && (
        <button className="phone-do" onClick={() => void arrive()}>
          {t("start")}
        </button>
      )}
      {can("return") && (
        <button className="phone-quiet" onClick={() => setReturning(true)}>
          {t("return")}
        </button>
      )}
    </>
  );
}
