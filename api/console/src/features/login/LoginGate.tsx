import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { BASE_PATH } from "../../api/basePath";
import type { Account } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { RequiredFactor } from "./EnrolFactor";
import { InvitationPage } from "./InvitationPage";
import { LoginForm } from "./LoginForm";
import { AccountContext, useAccountQuery, useLogout } from "./useAccount";
import "./login.css";

interface Props {
  page: Account["home"];
  children: ReactNode;
}

/** Show the children to accounts of this page, the login form to others, a link to accounts of the other page. */
export function LoginGate({ page, children }: Props) {
  const { t } = useTranslation("login");
  const account = useAccountQuery();
  if (location.pathname === `${BASE_PATH}invitation`) return <InvitationPage />;
  if (account.isPending) return <p className="login-message">{t("connecting")}</p>;
  if (account.data === undefined) {
    return <ConnectionFailed error={account.error} retry={() => void account.refetch()} />;
  }
  if (account.data === null) return <LoginForm page={page} />;
  if (account.data.home !== page) return <WrongPage account={account.data} />;
  if (account.data.second_factor === "must_enrol") return <RequiredFactor account={account.data} />;
  return <AccountContext value={account.data}>{children}</AccountContext>;
}

function ConnectionFailed({ error, retry }: { error: Error; retry: () => void }) {
  const { t } = useTranslation("shared");
  return (
    <div className="login-message" role="alert">
      <p>{errorMessage(error)}</p>
      <button className="login-button" onClick={retry}>
        {t("retry")}
      </button>
    </div>
  );
}

function WrongPage({ account }: { account: Account }) {
  const { t } = useTranslation("login");
  const logout = useLogout();
  return (
    <div className="login-message" role="alert">
      <p>{t("wrong_page", { name: account.name })}</p>
      <a className="login-button" href={account.home === "phone" ? `${BASE_PATH}phone` : BASE_PATH}>
        {t(`open.${account.home}`)}
      </a>
      <button className="login-button login-button-secondary" onClick={() => logout.mutate()}>
        {t("shared:logout")}
      </button>
    </div>
  );
}
