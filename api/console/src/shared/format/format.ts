/** Words and figures the way the person reads them. */
import i18next from "i18next";

import type { Incident, Text } from "../../api/types";

/** The side of a two-language text that the page speaks. */
export function say(text: Text): string {
  return i18next.language === "en" ? text.en : text.zh;
}

/** A share of 0 to 1 in whole percent; never rounded up to certainty. */
export function percent(share: number): string {
  return `${Math.min(Math.round(share * 100), share < 1 ? 99 : 100)}%`;
}

/** The time of day, with the date where it is not today. */
export function clock(at: string, now: Date): string {
  const then = new Date(at);
  const time = then.toLocaleTimeString("en-GB");
  return then.toDateString() === now.toDateString() ? time : `${date(then)} ${time}`;
}

function date(at: Date): string {
  return `${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}

/** A stretch of time in one unit, with two figures or more where there are: `95 s`, `3 min`, `2 h`. */
export function stretch(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [s, min, h, d] = i18next.language === "en" ? [" s", " min", " h", " d"] : [" 秒", " 分钟", " 小时", " 天"];
  if (seconds < 120) return `${seconds}${s}`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}${min}`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)}${h}`;
  return `${Math.floor(seconds / 86400)}${d}`;
}

/** How long ago, or how long until: negative once the time has passed. */
export function until(at: string, now: Date): number {
  return new Date(at).getTime() - now.getTime();
}

/** The place a person would name: the area, then the camera. */
export function placeOf({ area, camera }: Incident): string {
  return [area?.name, camera].filter(Boolean).join(" · ");
}
