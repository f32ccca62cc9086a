import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { BASE_PATH } from "../api/basePath";
import { listIncidents } from "../api/endpoints";
import type { IncidentRow } from "../api/types";
import { useNotificationSound } from "../features/workOrders/useNotificationSound";
import { formatPlace, localize } from "../shared/format/format";

const POLL_MS = 15_000;
const MAX_LISTED = 50;

/**
 * Sound, title and icon for critical incidents that wait for a desk.
 *
 * It sounds until a person opens the incident on this console: it must be on the page when a key or
 * button is pressed, as the page selects the most urgent one by itself. It sounds again once the
 * incident is overdue.
 */
export function CriticalAlarm() {
  const { t } = useTranslation("app");
  const waiting = useWaitingForDesk();
  const opened = useOpenedCalls(waiting);
  const calls = waiting.map(callOf).filter((call) => !opened.has(call));
  useCount(waiting.length);
  const { isPlaying, isUnlocked, silence } = useNotificationSound(calls, t("critical.title", { count: calls.length }));
  const first = waiting.find((incident) => !opened.has(callOf(incident)));
  if (!first) return null;
  return (
    <div className="critical-alarm" role="alert">
      <strong>{t("critical.waiting", { count: calls.length })}</strong>
      <Link to={`/queue/${first.id}`}>
        {localize(first.title)} · {formatPlace(first)}
      </Link>
      {!isUnlocked && <span>{t("critical.no_sound")}</span>}
      {isPlaying && (
        <Button size="small" onClick={silence}>
          {t("critical.silence")}
        </Button>
      )}
    </div>
  );
}

/** An incident calls once when it arrives, and once more when it is overdue. */
function callOf({ id, overdue }: IncidentRow): string {
  return `${id} ${overdue}`;
}

/** List critical incidents that this account has to review, or that nobody can be called for. */
function useWaitingForDesk(): IncidentRow[] {
  const { data } = useQuery({
    queryKey: ["incidents", "critical"],
    queryFn: () => listIncidents({ view: "queue", level: ["critical"], limit: MAX_LISTED }),
    refetchInterval: POLL_MS,
  });
  const waits = ({ next_step, nobody_on_duty, actions }: IncidentRow): boolean =>
    actions.length > 0 && (next_step === "review" || nobody_on_duty);
  return data?.items.filter(waits) ?? [];
}

/** Remember the calls that were on the page when a person pressed a key or button. */
function useOpenedCalls(waiting: IncidentRow[]): ReadonlySet<string> {
  const { pathname } = useLocation();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const shown = waiting.find(({ id }) => pathname.endsWith(`/${id}`));
  const call = shown && callOf(shown);
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  }, [call]);
  useEffect(() => {
    const open = (): void => {
      const current = latest.current;
      if (current) setOpened((last) => (last.has(current) ? last : new Set(last).add(current)));
    };
    document.addEventListener("keyup", open);
    document.addEventListener("click", open);
    return () => {
      document.removeEventListener("keyup", open);
      document.removeEventListener("click", open);
    };
  }, []);
  return opened;
}

/** Show the number of waiting critical incidents in the title and the icon of the page. */
function useCount(count: number): void {
  useEffect(() => {
    document.title = count > 0 ? `(${count}) gridwatch` : "gridwatch";
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon) icon.href = count > 0 ? countIcon(count) : `${BASE_PATH}icon.svg`;
  }, [count]);
}

function countIcon(count: number): string {
  const text = count > 9 ? "9+" : String(count);
  const style = 'font-family="sans-serif" font-weight="700" fill="#fff" text-anchor="middle"';
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#c8201a"/>' +
    `<text x="16" y="23" font-size="${text.length > 1 ? 17 : 21}" ${style}>${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
