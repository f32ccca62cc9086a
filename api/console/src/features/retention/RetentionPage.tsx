import { Button, Checkbox, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { decideErasureRequest, extendLegalHold, releaseLegalHold } from "../../api/endpoints";
import type { ErasureRequest, LegalHold } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { monthsFrom } from "./monthsFrom";
import { useHolds, useRequests, useSend } from "./queries";
import "./retention.css";

/** What is kept from deletion, and what people ask to be erased. For supervisors and administrators. */
export function RetentionPage({ accountName }: { accountName: string }) {
  const { t } = useTranslation("retention");
  const [withEnded, setWithEnded] = useState(false);
  const holds = useHolds(withEnded);
  const requests = useRequests(withEnded);
  return (
    <main className="retention">
      <header>
        <h1>{t("title")}</h1>
        <Checkbox checked={withEnded} onChange={(event) => setWithEnded(event.target.checked)}>
          {t("with_ended")}
        </Checkbox>
      </header>
      <p className="muted">{t("hint")}</p>
      <List title={t("requests")} empty={t("no_requests")} query={requests}>
        {requests.data?.items.map((request) => (
          <RequestItem key={request.id} request={request} isOwn={request.recorded_by === accountName} />
        ))}
      </List>
      <List title={t("holds")} empty={t("no_holds")} query={holds}>
        {holds.data?.items.map((hold) => (
          <HoldItem key={hold.id} hold={hold} />
        ))}
      </List>
    </main>
  );
}

interface ListProps {
  title: string;
  empty: string;
  query: { data?: { items: unknown[] } | undefined; error: Error | null; isPending: boolean };
  children: ReactNode;
}

function List({ title, empty, query, children }: ListProps) {
  const { t } = useTranslation("shared");
  return (
    <section>
      <h2>{title}</h2>
      {query.isPending && <p>{t("loading")}</p>}
      {query.error && <p role="alert">{errorMessage(query.error)}</p>}
      {query.data?.items.length === 0 && <p className="muted">{empty}</p>}
      <ul className="retention-list">{children}</ul>
    </section>
  );
}

function HoldItem({ hold }: { hold: LegalHold }) {
  const { t } = useTranslation("retention");
  const now = useNow();
  const { send, isPending } = useSend();
  const [isReleasing, setIsReleasing] = useState(false);
  const { target, released_by: releasedBy } = hold;
  const time = {
    since: target.since ? formatTime(target.since, now) : "",
    until: target.until ? formatTime(target.until, now) : "",
  };
  return (
    <li>
      <div>
        <strong>{hold.authority}</strong>
        {!releasedBy && millisecondsUntil(hold.review_at, now) <= 0 && (
          <span className="tag tag-overdue">{t("review_due")}</span>
        )}
        <p>{hold.reason}</p>
        <p>
          {target.incident && <Link to={`/incidents/${target.incident}`}>{t("incident")}</Link>}
          {target.area_code && t("target_area", { name: target.area_code, ...time })}
          {target.camera && t("target_camera", { name: `${target.camera} · ${target.node}`, ...time })}
        </p>
        <p className="muted">
          {t("placed", {
            name: hold.placed_by,
            at: formatTime(hold.placed_at, now),
            review: formatTime(hold.review_at, now),
          })}
        </p>
        {releasedBy && (
          <p className="muted">
            {t("released", {
              name: releasedBy,
              at: formatTime(hold.released_at ?? "", now),
              reason: hold.release_reason,
            })}
          </p>
        )}
      </div>
      {!releasedBy && (
        <div className="retention-actions">
          <Button
            disabled={isPending}
            data-action="extend"
            onClick={() => send(() => extendLegalHold(hold.id, monthsFrom(now, 3)), () => undefined)}
          >
            {t("extend")}
          </Button>
          <Button data-action="release" onClick={() => setIsReleasing(true)}>
            {t("release")}
          </Button>
        </div>
      )}
      {isReleasing && (
        <ReasonDialog
          title={t("release")}
          hint=""
          placeholder={t("release_reason")}
          close={() => setIsReleasing(false)}
          choices={[{ name: "release", label: t("release") }]}
          choose={(_, reason) => send(() => releaseLegalHold(hold.id, reason), () => setIsReleasing(false))}
        />
      )}
    </li>
  );
}

function RequestItem({ request, isOwn }: { request: ErasureRequest; isOwn: boolean }) {
  const { t } = useTranslation("retention");
  const now = useNow();
  const { send } = useSend();
  const [isDeciding, setIsDeciding] = useState(false);
  const isOpen = request.decision === null;
  const decided = { name: request.decided_by, at: formatTime(request.decided_at ?? "", now) };
  return (
    <li>
      <div>
        <strong>{request.reference}</strong>
        {isOpen && millisecondsUntil(request.due_at, now) <= 0 && (
          <span className="tag tag-overdue">{t("overdue")}</span>
        )}
        <p>{request.reason}</p>
        <p>
          {request.incidents.map((id) => (
            <Link key={id} to={`/incidents/${id}`}>
              {t("incident")}{" "}
            </Link>
          ))}
        </p>
        <p className="muted">
          {t("recorded", {
            name: request.recorded_by,
            at: formatTime(request.recorded_at, now),
            due: formatTime(request.due_at, now),
          })}
        </p>
        {request.decision === "granted" && (
          <p className="muted">{t("decided_granted", { ...decided, n: request.n_erased })}</p>
        )}
        {request.decision === "refused" && (
          <p className="muted">{t("decided_refused", { ...decided, reason: request.decision_reason })}</p>
        )}
      </div>
      {isOpen && (
        <div className="retention-actions">
          {isOwn ? (
            <span className="muted">{t("own_request")}</span>
          ) : (
            <Button type="primary" data-action="decide" onClick={() => setIsDeciding(true)}>
              {t("decide_title")}
            </Button>
          )}
        </div>
      )}
      {isDeciding && (
        <ReasonDialog
          title={t("decide_title")}
          hint={t("decide_hint")}
          placeholder={t("decision_reason")}
          close={() => setIsDeciding(false)}
          choices={[
            { name: "refused", label: t("refuse") },
            { name: "granted", label: t("grant"), isDanger: true },
          ]}
          choose={(decision, reason) =>
            send(() => decideErasureRequest(request.id, decision as "granted" | "refused", reason), () =>
              setIsDeciding(false),
            )
          }
        />
      )}
    </li>
  );
}

interface ReasonDialogProps {
  title: string;
  hint: string;
  placeholder: string;
  choices: { name: string; label: string; isDanger?: boolean }[];
  choose: (name: string, reason: string) => void;
  close: () => void;
}

/** Ask for a reason before one of several buttons can be pressed. */
function ReasonDialog({ title, hint, placeholder, choices, choose, close }: ReasonDialogProps) {
  const { t } = useTranslation("shared");
  const [reason, setReason] = useState("");
  return (
    <Modal open title={title} footer={null} onCancel={close} width={480} destroyOnHidden>
      <div className="retention-form">
        {hint && <p>{hint}</p>}
        <Input.TextArea
          rows={2}
          maxLength={500}
          placeholder={placeholder}
          aria-label={placeholder}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <footer>
          <Button onClick={close}>{t("cancel")}</Button>
          {choices.map(({ name, label, isDanger = false }) => (
            <Button
              key={name}
              type={isDanger || choices.length === 1 ? "primary" : "default"}
              danger={isDanger}
              disabled={!reason.trim()}
              data-choice={name}
              onClick={() => choose(name, reason.trim())}
            >
              {label}
            </Button>
          ))}
        </footer>
      </div>
    </Modal>
  );
}
