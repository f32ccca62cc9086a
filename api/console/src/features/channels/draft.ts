/** The settings of a person's channels while they are edited. */
import type { Channels, ChannelsRequest } from "../../api/types";

export type ChannelKind = Channels["channels"][number]["kind"];

export interface ChannelDraft {
  kind: ChannelKind;
  address: string;
  enabled: boolean;
}

export interface Draft {
  /** In the order in which they are tried. */
  channels: ChannelDraft[];
  /** Hours such as `22:00`; `null` without quiet hours. */
  quiet: { startsAt: string; endsAt: string } | null;
}

const KINDS: ChannelKind[] = ["push", "sms", "webhook"];
const USUAL_HOURS = { startsAt: "22:00", endsAt: "06:00" };

/** Return the draft of what is stored; channels that the person lacks follow, switched off. */
export function toDraft({ channels, quiet_hours: quiet }: Channels): Draft {
  const stored = channels.map(({ kind, address, enabled }) => ({ kind, address, enabled }));
  const others = KINDS.filter((kind) => !stored.some((channel) => channel.kind === kind));
  return {
    channels: [...stored, ...others.map((kind) => ({ kind, address: "", enabled: false }))],
    quiet: quiet && { startsAt: quiet.starts_at.slice(0, 5), endsAt: quiet.ends_at.slice(0, 5) },
  };
}

/** Return the request that stores a draft; a channel without address is left out. */
export function toRequest({ channels, quiet }: Draft, timeZone: string): ChannelsRequest {
  return {
    channels: channels
      .map(({ kind, address, enabled }) => ({ kind, address: address.trim(), enabled }))
      .filter(({ kind, address, enabled }) => (kind === "push" ? enabled : address !== "")),
    quiet_hours: quiet && { starts_at: quiet.startsAt, ends_at: quiet.endsAt, time_zone: timeZone },
  };
}

/** Move a channel one place towards the front. */
export function moveUp(draft: Draft, index: number): Draft {
  const channels = [...draft.channels];
  channels.splice(index - 1, 0, ...channels.splice(index, 1));
  return { ...draft, channels };
}

/** Change one channel. */
export function change(draft: Draft, kind: ChannelKind, changes: Partial<ChannelDraft>): Draft {
  const channels = draft.channels.map((channel) => (channel.kind === kind ? { ...channel, ...changes } : channel));
  return { ...draft, channels };
}

/** Switch the quiet hours on, with the usual ones, or off. */
export function toggleQuiet(draft: Draft): Draft {
  return { ...draft, quiet: draft.quiet ? null : USUAL_HOURS };
}
