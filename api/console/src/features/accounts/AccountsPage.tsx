import { Button, Checkbox, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { InvitationLink, ManagedAccount, Role } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { AccountDialog } from "./AccountDialog";
import { LinkDialog } from "./LinkDialog";
import { useAccounts } from "./queries";
import { ROLES } from "./roles";
import "./accounts.css";

/** The accounts of the own area: created by invitation, changed, deactivated. */
export function AccountsPage() {
  const { t } = useTranslation("accounts");
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role | null>(null);
  const [withInactive, setWithInactive] = useState(false);
  const [opened, setOpened] = useState<ManagedAccount | "new" | null>(null);
  const [link, setLink] = useState<InvitationLink | null>(null);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useAccounts({
    q: text,
    inactive: withInactive,
    ...(role && { role }),
  });
  const accounts = data?.pages.flatMap((page) => page.items) ?? [];
  const mayChange = data?.pages[0]?.may_change ?? false;
  return (
    <main className="accounts">
      <header>
        <h1>{t("title")}</h1>
        {mayChange && (
          <Button type="primary" data-action="new" onClick={() => setOpened("new")}>
            {t("new")}
          </Button>
        )}
      </header>
      <p className="muted">{t(mayChange ? "hint" : "read_only")}</p>
      <div className="accounts-filters">
        <Input.Search allowClear placeholder={t("search")} aria-label={t("search")} onSearch={setText} />
        <Select
          allowClear
          aria-label={t("role")}
          placeholder={t("role")}
          value={role}
          options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          onChange={(value) => setRole(value ?? null)}
        />
        <Checkbox checked={withInactive} onChange={(event) => setWithInactive(event.target.checked)}>
          {t("with_inactive")}
        </Checkbox>
      </div>
      {isPending && <p className="page-message">{t("shared:loading")}</p>}
      {error && !data && <p className="page-message">{errorMessage(error)}</p>}
      {data && accounts.length === 0 && <p className="page-message">{t("empty")}</p>}
      <ul className="accounts-list">
        {accounts.map((account) => (
          <AccountItem key={account.name} account={account} open={() => setOpened(account)} />
        ))}
      </ul>
      {hasNextPage && (
        <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("more")}
        </Button>
      )}
      {opened && (
        <AccountDialog
          account={opened === "new" ? null : opened}
          mayChange={mayChange}
          close={() => setOpened(null)}
          show={setLink}
        />
      )}
      {link && <LinkDialog link={link} close={() => setLink(null)} />}
    </main>
  );
}

function AccountItem({ account, open }: { account: ManagedAccount; open: () => void }) {
  const { t } = useTranslation("accounts");
  const now = useNow();
  return (
    <li className={account.active ? "" : "accounts-inactive"}>
      <button data-account={account.name} onClick={open}>
        <span className="accounts-name">
          <strong>{account.name}</strong>
          <small>{account.area_name}</small>
        </span>
        <span>{t(`role.${account.role}`)}</span>
        <span className="accounts-tags">
          {!account.active && <span className="tag">{t("inactive")}</span>}
          {account.active && !account.has_password && <span className="tag tag-overdue">{t("no_password")}</span>}
          {account.invited_until && (
            <span className="tag">{t("invited_until", { at: formatTime(account.invited_until, now) })}</span>
          )}
          {account.has_second_factor && <span className="tag">{t("second_factor")}</span>}
        </span>
        <small>
          {account.last_used_at
            ? t("last_used", { n: account.n_logins, at: formatTime(account.last_used_at, now) })
            : t("not_logged_in")}
        </small>
      </button>
    </li>
  );
}
