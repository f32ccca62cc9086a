import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LoggedNotification } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { useConfirmTest, useNotificationLog } from "./queries";

const RECEIPTS = ["sent_at", "delivered_at", "read_at", "acknowledged_at"] as const;
/** On these channels a receipt comes back by itself. */
const CONFIRMED_BY_DEVICE = ["app", "push"];

/** What was sent to a person on each channel, with its receipts. */
export function NotificationLog({ account, close }: { account: string; close: () => void }) {
  const { t } = useTranslation("people");
  const { data, error, isPending } = useNotificationLog(account);
  return (
    <Drawer open onClose={close} title={t("log_of", { account })} size={560} className="notification-log">
      {isPending && <p>{t("shared:loading")}</p>}
      {error && <p role="alert">{errorMessage(error)}</p>}
      {data?.items.length === 0 && <p>{t("log.none")}</p>}
      <ol>
        {data?.items.map((entry) => (
          <LogEntry key={entry.id} entry={entry} account={account} />
        ))}
      </ol>
    </Drawer>
  );
}

function LogEntry({ entry, account }: { entry: LoggedNotification; account: string }) {
  const { t } = useTranslation("people");
  const now = useNow();
  const isWaiting = entry.state === "pending" && new Date(entry.due_at) > now && entry.attempts === 0;
  return (
    <li data-channel={entry.channel} data-state={entry.state}>
      <header>
        <strong>{t(`kind.${entry.kind}`)}</strong>
        <span>
          {t(`channel.${entry.channel}`)} {entry.device || entry.address}
        </span>
        <time dateTime={entry.created_at}>{formatTime(entry.created_at, now)}</time>
      </header>
      <p>
        <span className={`log-state log-${entry.state}`}>
          {isWaiting ? t("waits_until", { at: formatTime(entry.due_at, now) }) : t(`state.${entry.state}`)}
        </span>
        {RECEIPTS.map(
          (receipt) =>
            entry[receipt] && (
              <span key={receipt} className="receipt">
                {t(`receipt.${receipt}`)} {formatTime(entry[receipt], now)}
              </span>
            ),
        )}
      </p>
      {entry.error && <p className="log-error">{t("error", { attempts: entry.attempts, error: entry.error })}</p>}
      {entry.kind === "test" && !entry.delivered_at && !CONFIRMED_BY_DEVICE.includes(entry.channel) && (
        <Confirm entry={entry} account={account} />
      )}
    </li>
  );
}

/** Confirm a test by the digits that the person reads out. */
function Confirm({ entry, account }: { entry: LoggedNotification; account: string }) {
  const { t } = useTranslation("people");
  const [code, setCode] = useState("");
  const confirm = useConfirmTest(account);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate({ id: entry.id, code });
      }}
    >
      <Input
        size="small"
        inputMode="numeric"
        maxLength={4}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        aria-label={t("code")}
        placeholder={t("code")}
      />
      <Button size="small" htmlType="submit" disabled={!/^\d{4}$/.test(code)} loading={confirm.isPending}>
        {t("confirm")}
      </Button>
    </form>
  );
}
