/** Nothing is shown before it is known for whom. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../../api/types";
import { trouble } from "../../shared/format/errorMessage";
import { AccountContext, useLogout, useMe } from "./useAccount";
import { LoginForm } from "./LoginForm";
import "./login.css";

interface Props {
  /** Which of the two pages this is. */
  page: "desk" | "phone";
  children: ReactNode;
}

/** Show `children` to those whose page it is, a login to those unknown, the way to the others. */
export function LoginGate({ page, children }: Props) {
  const { t } = useTranslation("login");
  const account = useMe();
  if (account.isPending) return <p className="login-note">{t("checking")}</p>;
  if (account.data === undefined) return <Unreached error={account.error} again={() => void account.refetch()} />;
  if (account.data === null) return <LoginForm page={page} />;
  if (pageOf(account.data) !== page) return <WrongPage account={account.data} />;
  return <AccountContext value={account.data}>{children}</AccountContext>;
}

function pageOf(account: Me): Props["page"] {
  return account.role === "worker" ? "phone" : "desk";
}

function Unreached({ error, again }: { error: Error; again: () => void }) {
  const { t } = useTranslation("shared");
  return (
    <div className="login-note" role="alert">
      <p>{trouble(error)}</p>
      <button className="login-button" onClick={again}>
        {t("retry")}
      </button>
    </div>
  );
}

function WrongPage({ account }: { account: Me }) {
  const { t } = useTranslation("login");
  const logout = useLogout();
  const other = pageOf(account);
  return (
    <div className="login-note" role="alert">
      <p>{t("wrong.page", { name: account.name })}</p>
      <a className="login-button" href={other === "phone" ? "/phone" : "/"}>
        {t(`go.${other}`)}
      </a>
      <button className="login-button login-button-quiet" onClick={() => logout.mutate()}>
        {t("shared:logout")}
      </button>
    </div>
  );
}
