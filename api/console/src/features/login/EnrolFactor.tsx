import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { beginSecondFactor, confirmSecondFactor } from "../../api/endpoints";
import { ACCOUNT_KEY } from "../../api/queryClient";
import type { Account } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { useLogout } from "./useAccount";

/** The only page of an account that has to enrol a second factor first. */
export function RequiredFactor({ account }: { account: Account }) {
  const { t } = useTranslation("login");
  const logout = useLogout();
  return (
    <main className="login">
      <section className="login-card">
        <h1>{t("factor.title")}</h1>
        <p>{t("factor.required", { name: account.name })}</p>
        <EnrolFactor />
        <button className="login-button login-button-secondary" onClick={() => logout.mutate()}>
          {t("shared:logout")}
        </button>
      </section>
      <LanguageSwitch />
    </main>
  );
}

/** Enrol an authenticator app: scan, type a code, keep the recovery codes. */
export function EnrolFactor() {
  const { t } = useTranslation("login");
  const [code, setCode] = useState("");
  const queryClient = useQueryClient();
  const begin = useMutation({ mutationFn: beginSecondFactor, retry: false });
  const confirm = useMutation({ mutationFn: confirmSecondFactor, retry: false, onError: () => setCode("") });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    confirm.mutate(code);
  };
  if (confirm.data) {
    return (
      <div className="factor">
        <p>{t("factor.recovery")}</p>
        <ol className="factor-codes">
          {confirm.data.codes.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ol>
        <button
          className="login-button"
          data-action="kept"
          onClick={() => void queryClient.invalidateQueries({ queryKey: ACCOUNT_KEY })}
        >
          {t("factor.kept")}
        </button>
      </div>
    );
  }
  if (!begin.data) {
    return (
      <div className="factor">
        <button
          className="login-button"
          data-action="begin-factor"
          disabled={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {t("factor.begin")}
        </button>
        {begin.error && <p className="login-error">{errorMessage(begin.error)}</p>}
      </div>
    );
  }
  return (
    <form className="factor" onSubmit={submit}>
      <p>{t("factor.scan")}</p>
      <img className="factor-picture" src={begin.data.picture} alt={t("factor.picture")} />
      <p className="factor-secret">
        {t("factor.secret")} <code>{begin.data.secret}</code>
      </p>
      <label>
        {t("factor.code")}
        <input
          autoFocus
          required
          data-field="factor-code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </label>
      <p className="login-error" role="alert">
        {confirm.error && errorMessage(confirm.error)}
      </p>
      <button className="login-button" disabled={confirm.isPending}>
        {t("factor.confirm")}
      </button>
    </form>
  );
}
