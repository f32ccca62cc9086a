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
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const login = useLogin();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate(
      { name, password, code },
      {
        onError: (error) => {
          setCode("");
          if (isCodeProblem(error)) setNeedsCode(true);
          else setPassword("");
        },
      },
    );
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
        {needsCode && <CodeField code={code} change={setCode} />}
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

/** Whether the password was right, and the code of the second factor is missing or wrong. */
export function isCodeProblem(error: Error): boolean {
  return error instanceof ProblemError && ["second_factor_needed", "wrong_code"].includes(error.code);
}

/** The code of the authenticator app, or a recovery code. */
export function CodeField({ code, change }: { code: string; change: (code: string) => void }) {
  const { t } = useTranslation("login");
  return (
    <label>
      {t("code")}
      <input
        autoFocus
        required
        data-field="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        maxLength={50}
        value={code}
        onChange={(event) => change(event.target.value)}
      />
      <small>{t("code_hint")}</small>
    </label>
  );
}

/** Why a login failed, in words. */
export function LoginError({ error }: { error: Error }) {
  const { t } = useTranslation("login");
  if (error instanceof ProblemError && error.code === "second_factor_needed") return t("error.code_needed");
  if (error instanceof ProblemError && error.code === "wrong_code") return t("error.code");
  if (error instanceof ProblemError && error.isUnauthenticated) return t("error.credentials");
  if (error instanceof ProblemError && error.status === 429) return t("error.throttled");
  return errorMessage(error);
}
