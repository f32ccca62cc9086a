import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { changePassword, endMySession, listMySessions, removeSecondFactor } from "../../api/endpoints";
import { ACCOUNT_KEY } from "../../api/queryClient";
import type { LoginSession } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { EnrolFactor } from "./EnrolFactor";
import { NewPasswordFields } from "./NewPasswordFields";
import { useAccount } from "./useAccount";
import "./own.css";

const SESSIONS_KEY = ["my-sessions"];

/** The own password, second factor and logins. Without the component library: the phone shows it too. */
export function OwnAccount() {
  const { t } = useTranslation("login");
  const account = useAccount();
  return (
    <section className="own-account">
      <h2>{t("own.title", { name: account.name })}</h2>
      <details>
        <summary data-action="password">{t("own.password")}</summary>
        <PasswordForm name={account.name} />
      </details>
      <details>
        <summary data-action="factor">
          {t("own.factor")} <small>{t(account.second_factor === "on" ? "own.on" : "own.off")}</small>
        </summary>
        {account.second_factor === "on" ? <RemoveFactor /> : <EnrolFactor />}
      </details>
      <h3>{t("own.sessions")}</h3>
      <Sessions />
    </section>
  );
}

function PasswordForm({ name }: { name: string }) {
  const { t } = useTranslation("login");
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: changePassword,
    retry: false,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: SESSIONS_KEY }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ current, new: next });
  };
  if (change.isSuccess) return <p>{t("own.password_changed")}</p>;
  return (
    <form className="factor" onSubmit={submit}>
      <input type="hidden" autoComplete="username" value={name} readOnly />
      <label>
        {t("own.current")}
        <input
          required
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </label>
      <NewPasswordFields change={setNext} />
      <p className="login-error" role="alert">
        {change.error && errorMessage(change.error)}
      </p>
      <button className="login-button" disabled={change.isPending || next === ""}>
        {t("own.change")}
      </button>
    </form>
  );
}

function RemoveFactor() {
  const { t } = useTranslation("login");
  const [password, setPassword] = useState("");
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: removeSecondFactor,
    retry: false,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ACCOUNT_KEY }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    remove.mutate(password);
  };
  return (
    <form className="factor" onSubmit={submit}>
      <p>{t("factor.remove_hint")}</p>
      <label>
        {t("own.current")}
        <input
          required
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <p className="login-error" role="alert">
        {remove.error && errorMessage(remove.error)}
      </p>
      <button className="login-button" disabled={remove.isPending}>
        {t("factor.remove")}
      </button>
    </form>
  );
}

function Sessions() {
  const { t } = useTranslation("login");
  const queryClient = useQueryClient();
  const { data, error } = useQuery({ queryKey: SESSIONS_KEY, queryFn: listMySessions });
  const end = useMutation({
    mutationFn: endMySession,
    retry: false,
    onSettled: () => queryClient.invalidateQueries({ queryKey: SESSIONS_KEY }),
  });
  if (error && !data) return <p>{errorMessage(error)}</p>;
  return (
    <ul className="own-sessions">
      {data?.items.map((session) => (
        <li key={session.id}>
          <SessionText session={session} />
          {session.is_current ? (
            <small>{t("own.this")}</small>
          ) : (
            <button data-action="end-session" disabled={end.isPending} onClick={() => end.mutate(session.id)}>
              {t("own.end")}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function SessionText({ session }: { session: LoginSession }) {
  const { t } = useTranslation("login");
  const now = useNow();
  return (
    <span>
      {session.device || t("own.unknown_device")}
      <small>
        {t("own.session", {
          address: session.address,
          since: formatTime(session.created_at, now),
          used: formatTime(session.used_at, now),
        })}
      </small>
    </span>
  );
}
