import { useState } from "react";
import { useTranslation } from "react-i18next";

/** A new password, typed twice; `change` gets an empty one until both are equal. */
export function NewPasswordFields({ change }: { change: (password: string) => void }) {
  const { t } = useTranslation("login");
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const update = (one: string, other: string): void => {
    setFirst(one);
    setSecond(other);
    change(one === other ? one : "");
  };
  return (
    <>
      <label>
        {t("password.new")}
        <input
          required
          type="password"
          data-field="new-password"
          minLength={8}
          maxLength={200}
          autoComplete="new-password"
          value={first}
          onChange={(event) => update(event.target.value, second)}
        />
        <small>{t("password.hint")}</small>
      </label>
      <label>
        {t("password.again")}
        <input
          required
          type="password"
          data-field="password-again"
          maxLength={200}
          autoComplete="new-password"
          value={second}
          onChange={(event) => update(first, event.target.value)}
        />
        <small>{second !== "" && first !== second ? t("password.differs") : ""}</small>
      </label>
    </>
  );
}
