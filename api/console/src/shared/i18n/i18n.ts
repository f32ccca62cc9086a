/** Languages of the pages. Each feature has its messages beside it, with the same keys in both languages. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Messages = Record<Language, Record<string, string>>;

const STORAGE_KEY = "gridwatch.language";

/** Initialise the translations of a page; `features` maps each namespace to its messages. */
export function initI18n(features: Record<string, Messages>): void {
  const namespaces = (language: Language): Record<string, Record<string, string>> =>
    Object.fromEntries(Object.entries(features).map(([name, messages]) => [name, messages[language]]));
  void i18next.use(initReactI18next).init({
    resources: { "zh-CN": namespaces("zh-CN"), en: namespaces("en") },
    lng: storedLanguage() ?? "zh-CN",
    fallbackLng: false,
    keySeparator: false,
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = i18next.language;
}

/** Change the language and remember it on this device. */
export function setLanguage(language: Language): void {
  localStorage.setItem(STORAGE_KEY, language);
  changeLanguage(language);
}

/** Use the language of the account, unless one was chosen on this device. */
export function applyAccountLanguage(language: Language): void {
  if (storedLanguage() === null && i18next.language !== language) changeLanguage(language);
}

function changeLanguage(language: Language): void {
  void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

function storedLanguage(): Language | null {
  const stored = localStorage.getItem(STORAGE_KEY);
  return LANGUAGES.find((language) => language === stored) ?? null;
}
