/** Labels for codes that the centre sends. */
import i18next from "i18next";

/** Return the message `namespace:kind.code`, or the code itself if there is none, as for free text. */
export function codeLabel(namespace: string, kind: string, code: string): string {
  const key = `${namespace}:${kind}.${code}`;
  return i18next.exists(key) ? i18next.t(key) : code;
}
