import { Button, Input, Modal, Popconfirm, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import {
  activateAccount,
  createAccount,
  deactivateAccount,
  endAccountSessions,
  inviteAccount,
  resetSecondFactor,
  updateAccount,
} from "../../api/endpoints";
import type { InvitationLink, ManagedAccount, Role } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { AreaSelect } from "../../shared/ui/AreaSelect";
import { useAccountDetail, useAccountChange } from "./queries";
import { ROLES } from "./roles";

interface Props {
  /** `null` for a new one. */
  account: ManagedAccount | null;
  mayChange: boolean;
  close: () => void;
  show: (link: InvitationLink) => void;
}

/** Create an account, or change one: role, area, logins, second factor. */
export function AccountDialog({ account, mayChange, close, show }: Props) {
  const { t } = useTranslation("accounts");
  const [name, setName] = useState(account?.name ?? "");
  const [role, setRole] = useState<Role>(account?.role ?? "worker");
  const [area, setArea] = useState(account?.area ?? "");
  const [language, setLanguage] = useState(account?.language ?? "zh-CN");
  const { change, isPending } = useAccountChange();
  const save = async (): Promise<void> => {
    if (account) await updateAccount(account.name, { role, area, language });
    else show(await createAccount({ name: name.trim(), role, area, language }));
  };
  return (
    <Modal open title={account?.name ?? t("new")} footer={null} onCancel={close} width={560} destroyOnHidden>
      <form
        className="accounts-form"
        onSubmit={(event) => {
          event.preventDefault();
          change(save, close);
        }}
      >
        {!account && (
          <Input
            autoFocus
            maxLength={100}
            data-field="name"
            placeholder={t("name")}
            aria-label={t("name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <Select
          aria-label={t("role")}
          data-field="role"
          disabled={!mayChange}
          value={role}
          options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          onChange={setRole}
        />
        <p className="muted">{t(`role.${role}.hint`)}</p>
        <AreaSelect placeholder={t("area")} code={area} change={setArea} />
        <Segmented
          value={language}
          disabled={!mayChange}
          options={[
            { value: "zh-CN", label: "中文" },
            { value: "en", label: "English" },
          ]}
          onChange={setLanguage}
        />
        {mayChange && (
          <Button type="primary" htmlType="submit" disabled={isPending || !area || name.trim() === ""}>
            {t(account ? "save" : "create")}
          </Button>
        )}
      </form>
      {account && <AccountActions account={account} mayChange={mayChange} close={close} show={show} />}
    </Modal>
  );
}

function AccountActions({ account, mayChange, close, show }: Props & { account: ManagedAccount }) {
  const { t } = useTranslation("accounts");
  const now = useNow();
  const { data } = useAccountDetail(account.name);
  const { change, isPending } = useAccountChange();
  const invite = async (): Promise<void> => show(await inviteAccount(account.name));
  return (
    <>
      <h3>{t("logins")}</h3>
      {data?.sessions.length === 0 && <p className="muted">{t("not_logged_in")}</p>}
      <ul className="accounts-sessions">
        {data?.sessions.map((session) => (
          <li key={session.id}>
            {session.device || "?"} · {session.address}
            <small>{t("session", { used: formatTime(session.used_at, now) })}</small>
          </li>
        ))}
      </ul>
      {mayChange && (
        <p className="accounts-actions">
          {account.active && (
            <Button disabled={isPending} data-action="invite" onClick={() => change(invite, close)}>
              {t(account.has_password ? "reset_password" : "invite")}
            </Button>
          )}
          {account.n_logins > 0 && (
            <Button disabled={isPending} onClick={() => change(() => endAccountSessions(account.name), close)}>
              {t("end_logins")}
            </Button>
          )}
          {account.has_second_factor && (
            <Popconfirm
              title={t("reset_factor_confirm")}
              onConfirm={() => change(() => resetSecondFactor(account.name), close)}
            >
              <Button disabled={isPending}>{t("reset_factor")}</Button>
            </Popconfirm>
          )}
          {account.active ? (
            <Popconfirm
              title={t("deactivate_confirm")}
              onConfirm={() => change(() => deactivateAccount(account.name), close)}
            >
              <Button danger disabled={isPending} data-action="deactivate">
                {t("deactivate")}
              </Button>
            </Popconfirm>
          ) : (
            <Button disabled={isPending} onClick={() => change(() => activateAccount(account.name), close)}>
              {t("activate")}
            </Button>
          )}
        </p>
      )}
    </>
  );
}
