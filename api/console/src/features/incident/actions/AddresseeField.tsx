import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Duty, IncidentDetail } from "../../../api/types";
import { errorMessage } from "../../../shared/format/errorMessage";
import { formatTime } from "../../../shared/format/format";
import { useNow } from "../../../shared/hooks/useNow";
import { useDuty, useReachability } from "../queries";
import { type Choice, ChoiceList } from "./ChoiceList";
import type { Addressee } from "./sendAction";

interface Props {
  incident: IncidentDetail;
  /** Whether those on duty in an area may be chosen together. */
  offersAreas: boolean;
  addressee: Addressee | undefined;
  choose: (addressee: Addressee | undefined) => void;
  hasHotkeys: boolean;
}

/** Choose who gets the order: the people on duty, nearest first, or any account by name. */
export function AddresseeField({ incident, offersAreas, addressee, choose, hasHotkeys }: Props) {
  const { t } = useTranslation("actions");
  const now = useNow();
  const duty = useDuty(incident.area?.code);
  const reach = useReachability(incident.area?.code);
  const [typed, setTyped] = useState("");
  const people = duty.data ? listPeople(duty.data) : [];
  const choices: Choice[] = people.map(({ account, area, until }) => {
    const state = reach?.get(account);
    const details = [
      ...(state?.online_since ? [t("online")] : []),
      area,
      t("on_duty_until", { at: formatTime(until, now) }),
    ];
    return {
      id: account,
      label: account,
      detail: details.join(" · "),
      warning: state && !state.reachable ? t("unreachable") : undefined,
    };
  });
  const posts = offersAreas && duty.data ? listPosts(duty.data) : [];
  const postChoices: Choice[] = posts.map(({ area, name, count }) => ({
    id: `area:${area}`,
    label: t("post", { area: name }),
    detail: t("post_count", { count }),
  }));
  const chosenId = addressee && ("account" in addressee ? addressee.account : `area:${addressee.area}`);
  const chooseId = (id: string): void => {
    setTyped("");
    choose(id.startsWith("area:") ? { area: id.slice("area:".length) } : { account: id });
  };
  const write = (name: string): void => {
    setTyped(name);
    choose(name.trim() ? { account: name.trim() } : undefined);
  };
  return (
    <>
      {duty.isPending && duty.fetchStatus !== "idle" && <p className="muted">{t("shared:loading")}</p>}
      {duty.error && <p className="dialog-warning">{errorMessage(duty.error)}</p>}
      {duty.data && people.length === 0 && <p className="dialog-warning">{t("nobody_on_duty")}</p>}
      <ChoiceList
        label={t("addressee")}
        choices={[...choices, ...postChoices]}
        chosenId={chosenId}
        choose={chooseId}
        hasHotkeys={hasHotkeys}
      />
      <label className="dialog-field">
        {t("other_account")}
        <Input maxLength={200} value={typed} onChange={(event) => write(event.target.value)} />
      </label>
    </>
  );
}

interface PersonOnDuty {
  account: string;
  /** Name of the area of the shift. */
  area: string;
  until: string;
}

/** List each person on duty once, nearest first. */
function listPeople({ areas, on_duty }: Duty): PersonOnDuty[] {
  const people = new Map<string, PersonOnDuty>();
  for (const { account, area, during } of on_duty) {
    if (!people.has(account)) people.set(account, { account, area: nameOf(area, areas), until: during[1] ?? "" });
  }
  return [...people.values()];
}

/** Name an area; a neighbour, which the answer does not name, by the area around it and its own digits. */
function nameOf(code: string, areas: Duty["areas"]): string {
  const around = areas.find((area) => code.startsWith(area.code));
  if (!around) return code;
  return [around.name, code.slice(around.code.length)].filter(Boolean).join(" ");
}

/** List the areas in which somebody is on duty, smallest first, with the number of people. */
function listPosts({ areas, on_duty }: Duty): { area: string; name: string; count: number }[] {
  return areas.flatMap(({ code, name }) => {
    const count = new Set(on_duty.filter(({ area }) => area === code).map(({ account }) => account)).size;
    return count > 0 ? [{ area: code, name, count }] : [];
  });
}
