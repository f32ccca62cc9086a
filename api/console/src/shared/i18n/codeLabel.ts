/** What the centre sends as a code, in words; what is no code is shown as it is. */
import i18next from "i18next";

/** The words of `code` in this feature, or `code` itself. */
export function wordsOf(kind: string, code: string): string {
  const key = `incident:${kind}.${code}`;
  return i18next.exists(key) ? i18next.t(key) : code;
}
