import { Button } from "antd";
import { useTranslation } from "react-i18next";

import type { ReachablePerson, ReachChannel } from "../../api/types";
import { formatDuration, formatList, millisecondsUntil } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { useSendTest } from "./queries";

interface Props {
  person: ReachablePerson;
  openLog: () => void;
  openChannels: () => void;
}

/** A person with how they can be reached, a test and their log. */
export function PersonRow({ person, openLog, openChannels }: Props) {
  const { t } = useTranslation("people");
  const sendTest = useSendTest(person.account);
  const duty = person.duty.length > 0 ? "on_duty_in" : "at_desk_of";
  return (
    <tr data-person={person.account} data-reachable={person.reachable}>
      <th scope="row">
        {person.account}
        <small>
          {t(`role.${person.role}`)} · {t(duty, { places: formatList(person.places) })}
        </small>
      </th>
      <td data-label={t("column.reach")}>
        <span className={`reach reach-${person.reachable ? "yes" : "no"}`}>{t(`reason.${person.reason}`)}</span>
        {person.quiet && <small>{t("quiet")}</small>}
      </td>
      <td data-label={t("column.since")}>
        <OnlineSince person={person} />
      </td>
      <td data-label={t("column.channels")}>
        {person.channels.length === 0 ? (
          <small>{t("channels.none")}</small>
        ) : (
          <ul className="person-channels">
            {person.channels.map((channel) => (
              <ChannelState key={channel.kind} channel={channel} />
            ))}
          </ul>
        )}
      </td>
      <td>
        <span className="person-actions">
          <Button
            size="small"
            loading={sendTest.isPending}
            onClick={() => sendTest.mutate(undefined, { onSuccess: openLog })}
          >
            {t("test")}
          </Button>
          <Button size="small" onClick={openChannels}>
            {t("edit_channels")}
          </Button>
          <Button size="small" onClick={openLog}>
            {t("log")}
          </Button>
        </span>
      </td>
    </tr>
  );
}

function OnlineSince({ person }: { person: ReachablePerson }) {
  const { t } = useTranslation("people");
  const now = useNow();
  const since = person.online_since ?? person.last_online_at;
  if (!since) return <small>{t("never_online")}</small>;
  const key = person.online_since ? "online_for" : "offline_for";
  return (
    <time dateTime={since} title={new Date(since).toLocaleString()}>
      {t(key, { for: formatDuration(-millisecondsUntil(since, now)) })}
    </time>
  );
}

function ChannelState({ channel }: { channel: ReachChannel }) {
  const { t } = useTranslation("people");
  const now = useNow();
  const state = stateOf(channel);
  const tested = channel.tested_at
    ? t("tested_ago", { for: formatDuration(-millisecondsUntil(channel.tested_at, now)) })
    : "";
  return (
    <li className={`channel-${state}`}>
      {t(`channel.${channel.kind}`)}
      {channel.devices > 0 && ` ×${channel.devices}`} {t(`channel_state.${state}`)} <small>{tested}</small>
    </li>
  );
}

function stateOf(channel: ReachChannel): "off" | "failing" | "tested" | "not_tested" {
  if (!channel.enabled || (channel.kind === "push" && channel.devices === 0)) return "off";
  if (channel.failed_at) return "failing";
  return channel.tested_at ? "tested" : "not_tested";
}
