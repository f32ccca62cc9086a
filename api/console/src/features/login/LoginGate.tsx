import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Account } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { LoginForm } from "./LoginForm";
import { AccountContext, useAccountQuery, useLogout } from "./useAccount";
import "./login.css";

interface Props {
  page: "console" | "phone";
  children: ReactNode;
}

/** Show the children to accounts of this page, the login form to others, a link to accounts of the other page. */
export function LoginGate({ page, children }: Props) {
  const { t } = useTranslation("login");
  const account = useAccountQuery();
  if (account.isPending) return <p className="login-message">{t("connecting")}</p>;
  if (account.data === undefined) {
    return <ConnectionFailed error={account.error} retry={() => void account.refetch()} />;
  }
  if (account.data === null) return <LoginForm page={page} />;
  if (pageOf(account.data) !== page) return <WrongPage account={account.data} />;
  return <AccountContext value={account.data}>{children}</AccountContext>;
}

function pageOf(account: Account): Props["page"] {
  return account.role === "worker" ? "phone" : "console";
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
  const other = pageOf(account);
  return (
    <div className="login-message" role="alert">
      <p>{t("wrong_page", { name: account.name })}</p>
      <a className="login-button" href={other === "phone" ? "/phone" : "/"}>
        {t(`open.${other}`)}
      </a>
      <button className="login-button login-button-secondary" onClick={() => logout.mutate()}>
        {t("shared:logout")}
      </button>
    </div>
  );
}
