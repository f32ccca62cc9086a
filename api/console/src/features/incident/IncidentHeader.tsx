import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IncidentDetail, WorkOrderItem } from "../../api/types";
import { formatPlace, localize } from "../../shared/format/format";
import { type Hotkeys, useHotkeys } from "../../shared/hooks/useHotkeys";
import { LevelBadge } from "../../shared/ui/LevelBadge";
import { ProbabilityTag } from "../../shared/ui/ProbabilityTag";
import { useReviewActions } from "./queries";
import { ReasonDialog } from "./ReasonDialog";

/** Title, state and the actions that the centre allows. */
export function IncidentHeader({ incident, isPage }: { incident: IncidentDetail; isPage: boolean }) {
  const { t } = useTranslation("incident");
  return (
    <header className="incident-header">
      <div className="incident-title">
        <h2>
          <LevelBadge level={incident.level} />
          {localize(incident.title)}
        </h2>
        <p className="incident-place">{formatPlace(incident)}</p>
        <p>
          <span className="tag">{t(`shared:state.${incident.state}`)}</span>
          {incident.overdue && <span className="tag tag-overdue">{t("shared:overdue")}</span>}
          {incident.exercise && <span className="tag tag-drill">{t("shared:drill")}</span>}
          {incident.late && <span className="tag">{t("shared:late")}</span>}
          <ProbabilityTag incident={incident} />
          {!isPage && <Link to={`/incidents/${incident.id}`}>{t("open_page")}</Link>}
        </p>
      </div>
      <Actions incident={incident} />
    </header>
  );
}

function Actions({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [dialog, setDialog] = useState<"reject" | "rework" | null>(null);
  const review = useReviewActions(incident);
  const isAllowed = (action: "confirm" | "reject"): boolean => incident.actions.includes(action);
  const findOrder = (action: "verify" | "rework"): WorkOrderItem | undefined =>
    incident.orders.find(({ actions }) => actions.includes(action));
  const rejectReasons = incident.action_options.find(({ action }) => action === "reject")?.reasons ?? [];
  const [toVerify, toRework] = [findOrder("verify"), findOrder("rework")];
  const actions = {
    c: isAllowed("confirm") && review.confirm,
    r: isAllowed("reject") && ((): void => setDialog("reject")),
    v: toVerify && ((): void => review.verify(toVerify, true)),
    w: toRework && ((): void => setDialog("rework")),
  };
  useHotkeys(Object.fromEntries(Object.entries(actions).filter(([, action]) => action)) as Hotkeys);
  const submitReason = (reason: string): void => {
    setDialog(null);
    if (dialog === "rework" && toRework) review.verify(toRework, false, reason);
    else review.reject(reason);
  };
  if (!Object.values(actions).some(Boolean)) return <p className="incident-no-actions">{t("no_actions")}</p>;
  return (
    <div className="incident-actions">
      {actions.c && <ActionButton name="confirm" hotkey="C" primary disabled={review.isPending} run={actions.c} />}
      {actions.r && <ActionButton name="reject" hotkey="R" danger disabled={review.isPending} run={actions.r} />}
      {actions.v && <ActionButton name="verify" hotkey="V" primary disabled={review.isPending} run={actions.v} />}
      {actions.w && <ActionButton name="rework" hotkey="W" disabled={review.isPending} run={actions.w} />}
      <ReasonDialog
        isOpen={dialog !== null}
        title={t(`${dialog ?? "reject"}.title`)}
        label={t(dialog === "rework" ? "rework.label" : "reject.other")}
        choices={dialog === "reject" ? rejectReasons : []}
        submit={submitReason}
        close={() => setDialog(null)}
      />
    </div>
  );
}

interface ActionButtonProps {
  name: string;
  hotkey: string;
  run: () => void;
  disabled: boolean;
  primary?: boolean;
  danger?: boolean;
}

function ActionButton({ name, hotkey, run, disabled, primary = false, danger = false }: ActionButtonProps) {
  const { t } = useTranslation("incident");
  return (
    <Button size="large" type={primary ? "primary" : "default"} danger={danger} disabled={disabled} onClick={run}>
      {t(name)} <kbd>{hotkey}</kbd>
    </Button>
  );
}
