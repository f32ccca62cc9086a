import { useTranslation } from "react-i18next";

import { setLanguage } from "../i18n/i18n";

/** A button that switches to the other language and is labelled in it. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation("shared");
  const other = i18n.language === "en" ? "zh-CN" : "en";
  return (
    <button type="button" className="language" lang={other} onClick={() => setLanguage(other)}>
      {t("language.other")}
    </button>
  );
}
