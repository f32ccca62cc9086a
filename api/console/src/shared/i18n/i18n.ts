/** Every word of the pages lives beside its feature, in both languages, with equal keys. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Words = Record<Language, Record<string, string>>;

const REMEMBERED = "gridwatch.language";

/** Start the words of a page; `features` names each namespace. */
export function speak(features: Record<string, Words>): void {
  const spaces = (language: Language): Record<string, Record<string, string>> =>
    Object.fromEntries(Object.entries(features).map(([name, words]) => [name, words[language]]));
  void i18next.use(initReactI18next).init({
    resources: { "zh-CN": spaces("zh-CN"), en: spaces("en") },
    lng: remembered() ?? "zh-CN",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = i18next.language;
}

/** Change the language, and keep it for the next visit. */
export function setLanguage(language: Language): void {
  localStorage.setItem(REMEMBERED, language);
  void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Take the account's own language, unless one was chosen here before. */
export function preferLanguage(language: Language): void {
  if (remembered() === null && i18next.language !== language) {
    void i18next.changeLanguage(language);
    document.documentElement.lang = language;
  }
}

function remembered(): Language | null {
  const kept = localStorage.getItem(REMEMBERED);
  return LANGUAGES.find((language) => language === kept) ?? null;
}
