/** What a worker has to know besides the orders to accept: recalls, rework, worsening, requests for help. */
import type { Notification, WorkOrder } from "../../../api/types";

/** A notice, and the work order that it is about, if the worker may still read it. */
export interface Notice {
  id: string;
  kind: Notification["kind"];
  order: WorkOrder | null;
}

/** Shown while the work order is as the notice says. */
const ABOUT_OPEN_ORDERS: readonly Notification["kind"][] = ["rework", "worsening", "help"];
/** Shown although the work order is closed. */
const ABOUT_ENDED_ORDERS: readonly Notification["kind"][] = ["recall", "notice"];
const MAX_AGE_MS = 24 * 3600_000;
const MAX_NOTICES = 10;
const STORAGE_KEY = "gridwatch.phone.seen";
const MAX_SEEN = 500;

/** Choose the notices to read, newest first. */
export function selectNotices(
  open: Notification[],
  all: Notification[],
  now: Date,
  seen: ReadonlySet<string> = readSeen(),
): Notification[] {
  const isRecent = ({ created_at: at }: Notification): boolean => now.getTime() - new Date(at).getTime() < MAX_AGE_MS;
  return [
    ...all.filter(({ kind }) => ABOUT_ENDED_ORDERS.includes(kind)),
    ...open.filter(({ kind }) => ABOUT_OPEN_ORDERS.includes(kind)),
  ]
    .filter((notification) => !seen.has(notification.id) && isRecent(notification))
    .slice(0, MAX_NOTICES);
}

/** Leave out the notices that were seen on this phone, also those that were being read at that time. */
export function selectUnseen(notices: Notice[], seen: ReadonlySet<string> = readSeen()): Notice[] {
  return notices.filter(({ id }) => !seen.has(id));
}

/** Remember that notices were seen. */
export function rememberSeen(ids: string[]): void {
  localStorage.setItem(STORAGE_KEY, JSON.stringify([...readSeen(), ...ids].slice(-MAX_SEEN)));
}

function readSeen(): Set<string> {
  return new Set(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]") as string[]);
}
