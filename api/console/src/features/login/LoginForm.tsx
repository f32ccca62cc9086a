import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { BASE_PATH } from "../../api/basePath";
import { ProblemError } from "../../api/errors";
import type { Account } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { useLogin } from "./useAccount";

/** The login form of both pages. After a failure it keeps the account name and clears the password. */
export function LoginForm({ page }: { page: Account["home"] }) {
  const { t } = useTranslation("login");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = useLogin();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate({ name, password }, { onError: () => setPassword("") });
  };
  return (
    <main className="login">
      <form className="login-card" onSubmit={submit}>
        <header>
          <img src={`${BASE_PATH}icon.svg`} alt="" width="44" height="44" />
          <div>
            <h1>gridwatch</h1>
            <p>{t(`page.${page}`)}</p>
          </div>
        </header>
        <label>
          {t("name")}
          <input
            autoFocus
            required
            autoComplete="username"
            autoCapitalize="none"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label>
          {t("password")}
          <input
            required
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        <p className="login-error" role="alert">
          {login.error && <LoginError error={login.error} />}
        </p>
        <button className="login-button" disabled={login.isPending}>
          {t(login.isPending ? "submitting" : "submit")}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}

/** Why a login failed, in words. */
export function LoginError({ error }: { error: Error }) {
  const { t } = useTranslation("login");
  if (error instanceof ProblemError && error.isUnauthenticated) return t("error.credentials");
  if (error instanceof ProblemError && error.status === 429) return t("error.throttled");
  return errorMessage(error);
}
