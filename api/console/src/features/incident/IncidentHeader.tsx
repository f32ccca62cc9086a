/** What it is, where its loop stands, and what the person may do. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IncidentDetail, OrderItem } from "../../api/types";
import { useKeys } from "../../shared/hooks/useHotkeys";
import { LevelMark } from "../../shared/ui/LevelBadge";
import { percent, placeOf, say } from "../../shared/format/format";
import { useWords } from "./queries";
import { ReasonDialog, REJECT_REASONS } from "./ReasonDialog";

type Asking = "reject" | "rework" | null;

/** The title with its actions; the centre says which are allowed. */
export function Head({ incident, isPage }: { incident: IncidentDetail; isPage: boolean }) {
  const { t } = useTranslation("incident");
  return (
    <header className="incident-head">
      <div className="incident-title">
        <h2>
          <LevelMark level={incident.level} />
          {say(incident.title)}
        </h2>
        <p className="incident-place">{placeOf(incident)}</p>
        <p>
          <span className="tag">{t(`shared:state.${incident.state}`)}</span>
          {incident.overdue && <span className="tag tag-late">{t("shared:overdue")}</span>}
          {incident.exercise && <span className="tag tag-drill">{t("shared:exercise")}</span>}
          {incident.late && <span className="tag">{t("shared:late")}</span>}
          <span className="tag">{percent(incident.probability)}</span>
          {!isPage && <Link to={`/incidents/${incident.id}`}>{t("page")}</Link>}
        </p>
      </div>
      <Actions incident={incident} />
    </header>
  );
}

function Actions({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [asking, setAsking] = useState<Asking>(null);
  const words = useWords(incident);
  const orderTo = (action: "verify" | "rework"): OrderItem | undefined =>
    incident.orders.find(({ actions }) => actions.includes(action));
  const [toVerify, toRework] = [orderTo("verify"), orderTo("rework")];
  const can = (action: "confirm" | "reject"): boolean => incident.actions.includes(action);
  const act = {
    c: can("confirm") && words.confirm,
    r: can("reject") && ((): void => setAsking("reject")),
    v: toVerify && ((): void => words.verify(toVerify, true)),
    w: toRework && ((): void => setAsking("rework")),
  };
  useKeys(Object.fromEntries(Object.entries(act).filter(([, does]) => does)) as Record<string, () => void>);
  const give = (reason: string): void => {
    setAsking(null);
    if (asking === "rework" && toRework) words.verify(toRework, false, reason);
    else words.reject(reason);
  };
  if (!Object.values(act).some(Boolean)) return <p className="incident-idle">{t("no.actions")}</p>;
  return (
    <div className="incident-actions">
      {act.c && <Act name="confirm" letter="C" primary busy={words.isPending} does={act.c} />}
      {act.r && <Act name="reject" letter="R" danger busy={words.isPending} does={act.r} />}
      {act.v && <Act name="verify" letter="V" primary busy={words.isPending} does={act.v} />}
      {act.w && <Act name="rework" letter="W" busy={words.isPending} does={act.w} />}
      <ReasonDialog
        open={asking !== null}
        title={t(`${asking ?? "reject"}.title`)}
        label={t(asking === "rework" ? "rework.label" : "reject.other")}
        quick={asking === "reject" ? REJECT_REASONS : []}
        give={give}
        close={() => setAsking(null)}
      />
    </div>
  );
}

interface ActProps {
  name: string;
  letter: string;
  does: () => void;
  busy: boolean;
  primary?: boolean;
  danger?: boolean;
}

function Act({ name, letter, does, busy, primary = false, danger = false }: ActProps) {
  const { t } = useTranslation("incident");
  return (
    <Button size="large" type={primary ? "primary" : "default"} danger={danger} disabled={busy} onClick={does}>
      {t(name)} <kbd>{letter}</kbd>
    </Button>
  );
}
