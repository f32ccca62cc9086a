import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { IncidentDetail, Related } from "../../api/types";
import { formatPlace, formatTime, localize } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { codeLabel } from "../../shared/i18n/codeLabel";
import { ActionDialog } from "./actions/ActionDialog";
import { availableActions } from "./actions/actionTable";
import { useIncidentActions } from "./actions/useIncidentActions";
import { useIncident } from "./queries";

/** The incident that it belongs to, those that were merged into it, and those that may be the same matter. */
export function RelatedIncidents({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const { root, recurrence_of: earlier, children, suggestions } = incident;
  const mayMerge = incident.actions.includes("merge");
  return (
    <>
      {root && <Group title={t("related.root")} items={[{ incident: root, reason: incident.merge_reason }]} />}
      {earlier && <Group title={t("related.earlier")} items={[{ incident: earlier, reason: {} }]} />}
      {children.length > 0 && (
        <Group title={t("related.children")} items={children} renderAction={(other) => <SplitButton child={other} />} />
      )}
      {suggestions.length > 0 && (
        <Group
          title={t("related.suggestions")}
          items={suggestions}
          {...(mayMerge && {
            renderAction: (other: IncidentDetail) => <MergeButton incident={incident} other={other} />,
          })}
        />
      )}
    </>
  );
}

interface GroupProps {
  title: string;
  items: Related[];
  renderAction?: (other: IncidentDetail) => React.ReactNode;
}

function Group({ title, items, renderAction }: GroupProps) {
  return (
    <section className="panel">
      <h3>{title}</h3>
      <ul className="related">
        {items.map((item) => (
          <RelatedLine key={item.incident} item={item} renderAction={renderAction} />
        ))}
      </ul>
    </section>
  );
}

function RelatedLine({ item, renderAction }: { item: Related; renderAction: GroupProps["renderAction"] }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  const { data: other } = useIncident(item.incident);
  if (!other) return <li className="muted">{t("shared:loading")}</li>;
  const reason = typeof item.reason["reason"] === "string" ? item.reason["reason"] : "";
  return (
    <li>
      <Link to={`/incidents/${other.id}`}>{localize(other.title)}</Link>
      <span>{formatPlace(other)}</span>
      <time className="muted">{formatTime(other.first_at, now)}</time>
      <span className="tag">{t(`shared:state.${other.state}`)}</span>
      {reason && <span className="muted">{codeLabel("incident", "merge_reason", reason)}</span>}
      {renderAction?.(other)}
    </li>
  );
}

function SplitButton({ child }: { child: IncidentDetail }) {
  const { t } = useTranslation("actions");
  const { run, isPending } = useIncidentActions(child);
  const split = availableActions(child).find(({ name }) => name === "split");
  if (!split) return null;
  return (
    <Button size="small" disabled={isPending} onClick={() => run(split)}>
      {t("split")}
    </Button>
  );
}

/** Merge into a suggested incident: only the reason is asked for. */
function MergeButton({ incident, other }: { incident: IncidentDetail; other: IncidentDetail }) {
  const { t } = useTranslation("actions");
  const [isOpen, setIsOpen] = useState(false);
  const { run, isPending } = useIncidentActions(incident);
  const merge = availableActions(incident).find(({ name }) => name === "merge");
  if (!merge) return null;
  return (
    <>
      <Button size="small" disabled={isPending} onClick={() => setIsOpen(true)}>
        {t("merge")}
      </Button>
      {isOpen && (
        <ActionDialog
          action={merge}
          incident={incident}
          initial={{ incident: other.id }}
          submit={(input) => {
            run(merge, input);
            setIsOpen(false);
          }}
          close={() => setIsOpen(false)}
        />
      )}
    </>
  );
}
