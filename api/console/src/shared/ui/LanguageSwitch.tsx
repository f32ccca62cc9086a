/** The switch between the two languages. */
import { useTranslation } from "react-i18next";

import { setLanguage } from "../i18n/i18n";

/** One button that names the other language in itself. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation("shared");
  const other = i18n.language === "en" ? "zh-CN" : "en";
  return (
    <button type="button" className="language" lang={other} onClick={() => setLanguage(other)}>
      {t("language.other")}
    </button>
  );
}
