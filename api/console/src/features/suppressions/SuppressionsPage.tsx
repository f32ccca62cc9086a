import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Suppression } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatDuration, formatTime, localize, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { AddDialog } from "./AddDialog";
import { useSuppressionActions, useSuppressions, useTargets } from "./queries";
import "./suppressions.css";

/** What calls are withheld for, until when and why; each can be ended. */
export function SuppressionsPage() {
  const { t } = useTranslation("suppressions");
  const [withEnded, setWithEnded] = useState(false);
  const [isAdding, setIsAdding] = useState(false);
  const { data, error, isPending } = useSuppressions(withEnded);
  return (
    <main className="suppressions">
      <header>
        <h1>{t("title")}</h1>
        <Checkbox checked={withEnded} onChange={(event) => setWithEnded(event.target.checked)}>
          {t("with_ended")}
        </Checkbox>
        <Button type="primary" data-action="add" onClick={() => setIsAdding(true)}>
          {t("add")}
        </Button>
      </header>
      <p className="muted">{t("hint")}</p>
      {isPending && <p className="page-message">{t("shared:loading")}</p>}
      {error && !data && <p className="page-message">{errorMessage(error)}</p>}
      {data?.items.length === 0 && <p className="page-message">{t("empty")}</p>}
      <ul className="suppression-list">
        {data?.items.map((suppression) => (
          <SuppressionItem key={suppression.id} suppression={suppression} />
        ))}
      </ul>
      {isAdding && <AddDialog close={() => setIsAdding(false)} />}
    </main>
  );
}

function SuppressionItem({ suppression }: { suppression: Suppression }) {
  const { t } = useTranslation("suppressions");
  const now = useNow();
  const { end, isPending } = useSuppressionActions();
  const left = millisecondsUntil(suppression.ends_at, now);
  const hasEnded = left <= 0;
  return (
    <li className={hasEnded ? "suppression-ended" : ""}>
      <div>
        <span className="tag">{t(`kind.${suppression.kind}`)}</span>
        <TargetText target={suppression.target} />
        {suppression.includes_life_and_limb && <span className="tag tag-overdue">{t("includes_critical")}</span>}
        <p>{t(`incident:reason.${suppression.reason}`, { defaultValue: suppression.reason })}</p>
        {suppression.prediction && <p className="muted">{t("prediction", { ...suppression.prediction })}</p>}
        <p className="muted">{t("withheld", { n: suppression.withheld })}</p>
        <p className="muted">
          {t("by", { name: suppression.created_by, at: formatTime(suppression.created_at, now) })}
          {suppression.incident && <Link to={`/incidents/${suppression.incident}`}>{t("incident")}</Link>}
          {suppression.ended_by && t("ended_by", { name: suppression.ended_by })}
        </p>
      </div>
      <div className="suppression-end">
        <span>{t(hasEnded ? "ended_at" : "until", { at: formatTime(suppression.ends_at, now) })}</span>
        {!hasEnded && <span className="muted">{t("left", { for: formatDuration(left) })}</span>}
        {!hasEnded && (
          <Button disabled={isPending} data-action="end" onClick={() => end(suppression.id)}>
            {t("end")}
          </Button>
        )}
      </div>
    </li>
  );
}

/** Name everything that an alert must agree with to be covered. */
function TargetText({ target }: { target: Suppression["target"] }) {
  const { t } = useTranslation("suppressions");
  const { scenarios } = useTargets();
  const scenario = scenarios.find(({ key }) => key === target.scenario);
  const parts = [
    target.camera && t("target.camera", { name: `${target.camera} · ${target.node}` }),
    target.zone && t("target.zone", { name: target.zone }),
    target.region && t("target.region"),
    target.scenario && t("target.scenario", { name: scenario ? localize(scenario.title) : target.scenario }),
    target.area_code && t("target.area", { name: target.area_code }),
  ];
  return <strong>{parts.filter(Boolean).join(" · ")}</strong>;
}
