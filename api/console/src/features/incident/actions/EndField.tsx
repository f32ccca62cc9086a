import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatTime } from "../../../shared/format/format";
import { useNow } from "../../../shared/hooks/useNow";
import { ChoiceList } from "./ChoiceList";

interface Props {
  maxDays: number;
  end: string | undefined;
  choose: (end: string) => void;
  hasHotkeys: boolean;
}

const OFFERED_DAYS = [1, 3, 7, 30];
const DAY_MS = 24 * 3600 * 1000;
/** The last choice ends a minute early, so that it is within the limit when it arrives. */
const MARGIN_MS = 60_000;

/** Choose an end: after some days, or a date and time. */
export function EndField({ maxDays, end, choose, hasHotkeys }: Props) {
  const { t } = useTranslation("actions");
  const now = useNow();
  const [openedAt] = useState(now);
  const [chosenId, setChosenId] = useState<string>();
  const endAfter = (days: number): string => new Date(openedAt.getTime() + days * DAY_MS - MARGIN_MS).toISOString();
  const choices = OFFERED_DAYS.filter((days) => days <= maxDays).map((days) => ({
    id: String(days),
    label: t("after_days", { count: days }),
    detail: formatTime(endAfter(days), now),
  }));
  const chooseDays = (id: string): void => {
    setChosenId(id);
    choose(endAfter(Number(id)));
  };
  const chooseDate = (value: string): void => {
    setChosenId(undefined);
    if (value) choose(new Date(value).toISOString());
  };
  return (
    <>
      <ChoiceList
        label={t("end")}
        choices={choices}
        chosenId={end && chosenId}
        choose={chooseDays}
        hasHotkeys={hasHotkeys}
      />
      <label className="dialog-field">
        {t("other_end")}
        <Input type="datetime-local" onChange={(event) => chooseDate(event.target.value)} />
      </label>
    </>
  );
}
