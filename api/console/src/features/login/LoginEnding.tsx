import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { CodeField, isCodeProblem, LoginError } from "./LoginForm";
import { useAccount, useLoginAgain } from "./useAccount";

const ANNOUNCED_BEFORE_MS = 15 * 60_000;

/** Say in time that the login is about to end, and let the account log in again without leaving the page. */
export function LoginEnding() {
  const { t } = useTranslation("login");
  const account = useAccount();
  const remaining = millisecondsUntil(account.login_ends_at, useNow());
  const [isOpen, setIsOpen] = useState(false);
  if (!(remaining < ANNOUNCED_BEFORE_MS)) return null;
  return (
    <section className="login-ending" role="alert">
      <p>{t(remaining > 0 ? "ending" : "ended", { for: formatDuration(remaining) })}</p>
      {isOpen ? (
        <PasswordForm name={account.name} />
      ) : (
        <button onClick={() => setIsOpen(true)}>{t("again")}</button>
      )}
    </section>
  );
}

function PasswordForm({ name }: { name: string }) {
  const { t } = useTranslation("login");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const login = useLoginAgain();
  const needsCode = login.error !== null && isCodeProblem(login.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate({ name, password, code }, { onError: (error) => isCodeProblem(error) || setPassword("") });
  };
  return (
    <form onSubmit={submit}>
      <input type="hidden" autoComplete="username" value={name} readOnly />
      <input
        autoFocus
        required
        type="password"
        aria-label={t("password")}
        placeholder={t("password")}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {needsCode && <CodeField code={code} change={setCode} />}
      <button disabled={login.isPending}>{t(login.isPending ? "submitting" : "submit")}</button>
      {login.error && (
        <p>
          <LoginError error={login.error} />
        </p>
      )}
    </form>
  );
}
