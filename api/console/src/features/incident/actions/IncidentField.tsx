import { useTranslation } from "react-i18next";

import type { IncidentDetail, IncidentRow } from "../../../api/types";
import { errorMessage } from "../../../shared/format/errorMessage";
import { formatDuration, formatPlace, localize, millisecondsUntil } from "../../../shared/format/format";
import { useNow } from "../../../shared/hooks/useNow";
import { useNeighbours } from "../queries";
import { type Choice, ChoiceList } from "./ChoiceList";

interface Props {
  incident: IncidentDetail;
  chosenId: string | undefined;
  choose: (id: string) => void;
  hasHotkeys: boolean;
}

/** Choose another incident: first the suggestions of the centre, then open incidents near by. */
export function IncidentField({ incident, chosenId, choose, hasHotkeys }: Props) {
  const { t } = useTranslation("actions");
  const now = useNow();
  const { data: neighbours, isPending, error } = useNeighbours(incident);
  const suggested = new Set(incident.suggestions.map(({ incident: id }) => id));
  const toChoice = (other: IncidentRow): Choice => ({
    id: other.id,
    label: localize(other.title),
    detail: [
      formatPlace(other),
      t("shared:ago", { for: formatDuration(-millisecondsUntil(other.last_at, now)) }),
      t(`shared:state.${other.state}`),
      ...(suggested.has(other.id) ? [t("suggested")] : []),
    ].join(" · "),
  });
  return (
    <>
      {isPending && <p className="muted">{t("shared:loading")}</p>}
      {error && <p className="dialog-warning">{errorMessage(error)}</p>}
      {neighbours?.length === 0 && <p className="muted">{t("no_neighbours")}</p>}
      <ChoiceList
        label={t("incident")}
        choices={(neighbours ?? []).map(toChoice)}
        chosenId={chosenId}
        choose={choose}
        hasHotkeys={hasHotkeys}
      />
    </>
  );
}
