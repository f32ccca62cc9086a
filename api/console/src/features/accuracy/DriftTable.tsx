import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";

import type { ScoredSource } from "../../api/types";
import { formatPercent, formatTime, localize } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { useRestart, useScoredSources } from "./queries";

const SHOWN = 20;

/** Cameras whose scores have changed come first; one that was cleaned or moved is started anew. */
export function DriftTable() {
  const { t } = useTranslation("accuracy");
  const { data } = useScoredSources();
  if (!data || data.items.length === 0) return null;
  return (
    <div className="table-scroll">
      <h2>{t("drift")}</h2>
      <table>
        <thead>
          <tr>
            <th>{t("by.camera")}</th>
            <th>{t("by.scenario")}</th>
            <th>{t("drift.state")}</th>
            <th>{t("drift.evidence")}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {data.items.slice(0, SHOWN).map((source) => (
            <SourceRow key={`${source.node}/${source.camera}/${source.scenario}/${source.model}`} source={source} />
          ))}
        </tbody>
      </table>
      {data.items.length > SHOWN && <p className="muted">{t("drift.more", { n: data.items.length - SHOWN })}</p>}
    </div>
  );
}

function SourceRow({ source }: { source: ScoredSource }) {
  const { t } = useTranslation("accuracy");
  const now = useNow();
  const { restart, isPending } = useRestart();
  const { node, camera, scenario, drifting_since: since, trusted_at: trusted, evidence } = source;
  return (
    <tr>
      <th scope="row">
        {source.names.camera}
        <small className="muted">{source.names.node}</small>
      </th>
      <td>
        {localize(source.title)}
        <small className="muted">{source.model}</small>
      </td>
      <td>
        {since ? (
          <span className="tag tag-overdue">{t("drift.since", { at: formatTime(since, now) })}</span>
        ) : (
          t(trusted ? "drift.trusted" : "drift.new")
        )}
      </td>
      <td>{evidence === null ? "–" : t("drift.share", { share: formatPercent(evidence), n: source.n })}</td>
      <td>
        <Popconfirm title={t("drift.restart_question")} onConfirm={() => restart({ node, camera, scenario, reason: "" })}>
          <Button size="small" disabled={isPending}>
            {t("drift.restart")}
          </Button>
        </Popconfirm>
      </td>
    </tr>
  );
}
