import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Channels } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import "./channels.css";
import { change, type ChannelDraft, type Draft, moveUp, toDraft, toggleQuiet, toRequest } from "./draft";
import { useChannels } from "./queries";

/** How a person is reached beside an open page: which channels, in which order, and the quiet hours. */
export function ChannelSettings({ account }: { account: string }) {
  const { t } = useTranslation("channels");
  const { query } = useChannels(account);
  if (query.data) return <SettingsForm stored={query.data} />;
  if (query.error) return <p role="alert">{errorMessage(query.error)}</p>;
  return <p>{t("shared:loading")}</p>;
}

function SettingsForm({ stored }: { stored: Channels }) {
  const { t } = useTranslation("channels");
  const { change: store } = useChannels(stored.account);
  const [draft, setDraft] = useState(() => toDraft(stored));
  const edit = (edited: Draft): void => {
    store.reset();
    setDraft(edited);
  };
  const timeZone = stored.quiet_hours?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <form
      className="channel-settings"
      onSubmit={(event) => {
        event.preventDefault();
        store.mutate(toRequest(draft, timeZone));
      }}
    >
      <p className="muted">{t("hint")}</p>
      <ol>
        {draft.channels.map((channel, index) => (
          <ChannelRow
            key={channel.kind}
            channel={channel}
            stored={stored.channels.find(({ kind }) => kind === channel.kind)}
            edit={(changes) => edit(change(draft, channel.kind, changes))}
            moveUp={index > 0 ? () => edit(moveUp(draft, index)) : undefined}
          />
        ))}
      </ol>
      <QuietHours draft={draft} edit={edit} timeZone={timeZone} />
      {store.error && <p role="alert">{errorMessage(store.error)}</p>}
      <button className="channel-save" disabled={store.isPending}>
        {t("save")}
      </button>
      {store.isSuccess && <p role="status">{t("saved")}</p>}
    </form>
  );
}

/** What the centre takes as a phone number. */
const PHONE_NUMBER = "\\+?[0-9]{3,20}";

interface RowProps {
  channel: ChannelDraft;
  stored: Channels["channels"][number] | undefined;
  edit: (changes: Partial<ChannelDraft>) => void;
  /** `undefined` for the first channel. */
  moveUp: (() => void) | undefined;
}

function ChannelRow({ channel: { kind, address, enabled }, stored, edit, moveUp }: RowProps) {
  const { t } = useTranslation("channels");
  return (
    <li data-channel={kind}>
      <label>
        <input type="checkbox" checked={enabled} onChange={() => edit({ enabled: !enabled })} />
        {t(`kind.${kind}`)}
      </label>
      {moveUp && (
        <button type="button" title={t("move_up")} aria-label={`${t("move_up")}: ${t(`kind.${kind}`)}`} onClick={moveUp}>
          ↑
        </button>
      )}
      {kind === "push" ? (
        <small>{stored?.devices.map(({ name }) => name).join(", ") || t("no_device")}</small>
      ) : (
        <input
          type={kind === "sms" ? "tel" : "url"}
          value={address}
          maxLength={2000}
          pattern={kind === "sms" ? PHONE_NUMBER : undefined}
          title={t(`address.${kind}`)}
          required={enabled}
          aria-label={t(`address.${kind}`)}
          placeholder={t(`address.${kind}`)}
          onChange={(event) => edit({ address: event.target.value, enabled: event.target.value !== "" })}
        />
      )}
      <TestState stored={stored} />
    </li>
  );
}

function TestState({ stored }: Pick<RowProps, "stored">) {
  const { t } = useTranslation("channels");
  if (!stored) return null;
  if (stored.failed_at) return <small className="channel-failing">{t("failing")}</small>;
  return <small>{t(stored.tested_at ? "tested" : "not_tested")}</small>;
}

function QuietHours({ draft, edit, timeZone }: { draft: Draft; edit: (draft: Draft) => void; timeZone: string }) {
  const { t } = useTranslation("channels");
  const { quiet } = draft;
  return (
    <fieldset>
      <label>
        <input type="checkbox" checked={quiet !== null} onChange={() => edit(toggleQuiet(draft))} />
        {t("quiet")}
      </label>
      {quiet && (
        <span className="quiet-hours">
          <input
            type="time"
            required
            value={quiet.startsAt}
            aria-label={t("quiet.from")}
            onChange={(event) => edit({ ...draft, quiet: { ...quiet, startsAt: event.target.value } })}
          />
          –
          <input
            type="time"
            required
            value={quiet.endsAt}
            aria-label={t("quiet.until")}
            onChange={(event) => edit({ ...draft, quiet: { ...quiet, endsAt: event.target.value } })}
          />
          <small>{timeZone}</small>
        </span>
      )}
      <small>{t("quiet.hint")}</small>
    </fieldset>
  );
}
