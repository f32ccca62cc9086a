import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { AuditLogFilter } from "../../api/endpoints";
import type { AccessFinding, LogEntry } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import "./auditLog.css";
import { useAccessFindings, useAuditLog, useAuditLogState, useReview } from "./queries";

const DAYS = [1, 7, 30, 366];
const ACTIONS = [
  "look",
  "export",
  "confirm",
  "reject",
  "dispatch",
  "suppress",
  "place_hold",
  "release_hold",
  "request_erasure",
  "decide_erasure",
  "review_access",
];

interface Filter {
  actor: string;
  action: string;
  days: number;
}

/** What people did, and who viewed evidence in an unusual way. For auditors. */
export function AuditLogPage() {
  const { t } = useTranslation("auditLog");
  const [filter, setFilter] = useState<Filter>({ actor: "", action: "", days: 7 });
  const change = (changes: Partial<Filter>): void => setFilter((last) => ({ ...last, ...changes }));
  return (
    <main className="audit-log">
      <h1>{t("title")}</h1>
      <LogState />
      <Findings showViews={(actor) => change({ actor, action: "look", days: 7 })} />
      <div className="audit-log-filters" role="search">
        <Input
          allowClear
          maxLength={100}
          placeholder={t("actor")}
          aria-label={t("actor")}
          value={filter.actor}
          onChange={(event) => change({ actor: event.target.value })}
          data-filter="actor"
        />
        <Select
          aria-label={t("action")}
          value={filter.action}
          onChange={(action) => change({ action })}
          options={[
            { value: "", label: t("any_action") },
            ...ACTIONS.map((action) => ({ value: action, label: t(`act.${action}`) })),
          ]}
          data-filter="action"
        />
        <Select
          aria-label={t("column.at")}
          value={filter.days}
          onChange={(days) => change({ days })}
          options={DAYS.map((days) => ({ value: days, label: t("days", { count: days }) }))}
          data-filter="days"
        />
      </div>
      <Entries filter={filter} />
    </main>
  );
}

function LogState() {
  const { t } = useTranslation("auditLog");
  const now = useNow();
  const { data } = useAuditLogState();
  if (!data) return null;
  if (!data.checked_at) return <p className="muted">{t("state.none")}</p>;
  const at = formatTime(data.checked_at, now);
  if (data.n_findings === 0) return <p className="muted">{t("state.good", { at, entries: data.entries })}</p>;
  return <p className="audit-log-changed" role="alert">{t("state.bad", { at, count: data.n_findings })}</p>;
}

function Findings({ showViews }: { showViews: (actor: string) => void }) {
  const { t } = useTranslation("auditLog");
  const { data, error } = useAccessFindings();
  return (
    <section>
      <h2>{t("findings")}</h2>
      {error && <p role="alert">{errorMessage(error)}</p>}
      {data?.items.length === 0 && <p className="muted">{t("no_findings")}</p>}
      <ul className="audit-log-findings">
        {data?.items.map((finding) => (
          <Finding key={finding.id} finding={finding} showViews={() => showViews(finding.actor)} />
        ))}
      </ul>
    </section>
  );
}

function Finding({ finding, showViews }: { finding: AccessFinding; showViews: () => void }) {
  const { t } = useTranslation("auditLog");
  const now = useNow();
  const [note, setNote] = useState("");
  const { mutate, isPending } = useReview();
  const { actor, n_views: n, usual } = finding;
  return (
    <li>
      <p>
        <strong>{t(`kind.${finding.kind}`, { actor, n, usual })}</strong>{" "}
        <span className="muted">{t("hour", { at: formatTime(finding.hour, now) })}</span>
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          mutate({ id: finding.id, note: note.trim() });
        }}
      >
        <Button onClick={showViews}>{t("show_views")}</Button>
        <Input
          maxLength={500}
          placeholder={t("review_note")}
          aria-label={t("review_note")}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button type="primary" htmlType="submit" disabled={!note.trim() || isPending}>
          {t("review")}
        </Button>
      </form>
    </li>
  );
}

function Entries({ filter }: { filter: Filter }) {
  const { t } = useTranslation("auditLog");
  const query = useAuditLog(toQuery(filter));
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.error && !query.data) return <p role="alert">{errorMessage(query.error)}</p>;
  if (query.isPending) return <p>{t("shared:loading")}</p>;
  if (entries.length === 0) return <p className="muted">{t("empty")}</p>;
  return (
    <>
      <div className="audit-log-table">
        <table>
          <thead>
            <tr>
              {["at", "actor", "action", "object", "reason"].map((name) => (
                <th key={name}>{t(`column.${name}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <EntryRow key={entry.seq} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}

function EntryRow({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation("auditLog");
  const now = useNow();
  const purpose = t(`retention:purpose.${entry.reason}`, { defaultValue: entry.reason });
  return (
    <tr>
      <td>{formatTime(entry.at, now)}</td>
      <td>{entry.actor}</td>
      <td>{t(`act.${entry.action}`, { defaultValue: entry.action })}</td>
      <td>{entry.incident && <Link to={`/incidents/${entry.incident}`}>{t("incident")}</Link>}</td>
      <td>{entry.action === "look" || entry.action === "export" ? purpose : entry.reason}</td>
    </tr>
  );
}

/** Whole hours, so that a second does not make another request. */
function toQuery({ actor, action, days }: Filter): AuditLogFilter {
  const hour = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000);
  const since = new Date(hour.getTime() - days * 86_400_000);
  return {
    since: since.toISOString(),
    until: hour.toISOString(),
    ...(actor.trim() && { actor: actor.trim() }),
    ...(action && { action }),
  };
}
