/** The login form of both pages. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError } from "../../api/errors";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { trouble } from "../../shared/format/errorMessage";
import { useLogin } from "./useAccount";

/** Ask for account and password; wrong ones are said in place, and the name is kept. */
export function LoginForm({ page }: { page: "desk" | "phone" }) {
  const { t } = useTranslation("login");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = useLogin();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate({ name, password }, { onError: () => setPassword("") });
  };
  return (
    <main className="login">
      <form className="login-card" onSubmit={send}>
        <header>
          <img src="/icon.svg" alt="" width="44" height="44" />
          <div>
            <h1>gridwatch</h1>
            <p>{t(page)}</p>
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
        <p className="login-wrong" role="alert">
          {login.error && <Wrong error={login.error} />}
        </p>
        <button className="login-button" disabled={login.isPending}>
          {t(login.isPending ? "entering" : "enter")}
        </button>
      </form>
      <LanguageSwitch />
    </main>
  );
}

function Wrong({ error }: { error: Error }) {
  const { t } = useTranslation("login");
  if (error instanceof ProblemError && error.status === 401) return t("wrong");
  if (error instanceof ProblemError && error.status === 429) return t("throttled");
  return trouble(error);
}
