/** Texts, numbers and times in the language of the page. */
import i18next from "i18next";

import type { IncidentRow, Text } from "../../api/types";

/** Pick the page's language from a bilingual text. */
export function localize(text: Text): string {
  return i18next.language === "en" ? text.en : text.zh;
}

/** Join the parts of an enumeration. */
export function formatList(items: string[]): string {
  return items.join(i18next.language === "en" ? ", " : "、");
}

/** Format a fraction from 0 to 1 as whole percent. Only exactly 1 becomes 100%. */
export function formatPercent(fraction: number): string {
  return `${Math.min(Math.round(fraction * 100), fraction < 1 ? 99 : 100)}%`;
}

/** Format a time of day, preceded by the date if it is not today. */
export function formatTime(at: string, now: Date): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === now.toDateString() ? time : `${formatDate(date)} ${time}`;
}

function formatDate(date: Date): string {
  return `${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

/** Format a duration in one unit: `95 s`, `3 min`, `2 h`, `4 d`. Negative durations become zero. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [s, min, h, d] = i18next.language === "en" ? [" s", " min", " h", " d"] : [" 秒", " 分钟", " 小时", " 天"];
  if (seconds < 120) return `${seconds}${s}`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}${min}`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)}${h}`;
  return `${Math.floor(seconds / 86400)}${d}`;
}

/** Format a length that was chosen: whole hours as hours, `1 h`, otherwise as `formatDuration`. */
export function formatLength(seconds: number): string {
  if (seconds % 3600 !== 0 || seconds >= 172800) return formatDuration(seconds * 1000);
  return `${seconds / 3600}${i18next.language === "en" ? " h" : " 小时"}`;
}

/** Return the milliseconds from now until a time; negative if it has passed. */
export function millisecondsUntil(at: string, now: Date): number {
  return new Date(at).getTime() - now.getTime();
}

/** Name the place of an incident: area, then camera. */
export function formatPlace({ area, names }: IncidentRow): string {
  return [area?.name, names.camera].filter(Boolean).join(" · ");
}
