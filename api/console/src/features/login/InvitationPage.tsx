import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { BASE_PATH } from "../../api/basePath";
import { acceptInvitation, readInvitation } from "../../api/endpoints";
import { errorMessage } from "../../shared/format/errorMessage";
import { applyAccountLanguage } from "../../shared/i18n/i18n";
import { LanguageSwitch } from "../../shared/ui/LanguageSwitch";
import { NewPasswordFields } from "./NewPasswordFields";

/** The page behind a one-time link: choose a password. The token is in the fragment, which is sent to no server. */
export function InvitationPage() {
  const { t } = useTranslation("login");
  const [token] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState("");
  const invited = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => readInvitation(token),
    retry: false,
    staleTime: Infinity,
  });
  const accept = useMutation({ mutationFn: acceptInvitation, retry: false });
  const language = invited.data?.language;
  useEffect(() => {
    if (language === "zh-CN" || language === "en") applyAccountLanguage(language);
  }, [language]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    accept.mutate({ token, password });
  };
  return (
    <main className="login">
      <section className="login-card">
        <h1>{t("invitation.title")}</h1>
        {invited.isPending && <p>{t("connecting")}</p>}
        {invited.error && (
          <p className="login-error" role="alert">
            {errorMessage(invited.error)}
          </p>
        )}
        {invited.data && !accept.isSuccess && (
          <form className="factor" onSubmit={submit}>
            <p>{t("invitation.for", { name: invited.data.name })}</p>
            <input type="hidden" autoComplete="username" value={invited.data.name} readOnly />
            <NewPasswordFields change={setPassword} />
            <p className="login-error" role="alert">
              {accept.error && errorMessage(accept.error)}
            </p>
            <button className="login-button" disabled={accept.isPending || password === ""}>
              {t("invitation.accept")}
            </button>
          </form>
        )}
        {accept.isSuccess && invited.data && (
          <>
            <p>{t("invitation.done", { name: invited.data.name })}</p>
            <a className="login-button" href={invited.data.role === "worker" ? `${BASE_PATH}phone` : BASE_PATH}>
              {t("submit")}
            </a>
          </>
        )}
      </section>
      <LanguageSwitch />
    </main>
  );
}
