/** What is amiss, in a sentence and with what to do; nothing is shown where all is well. */
import { useTranslation } from "react-i18next";

import type { Alarm } from "../../api/types";
import { stretch } from "../../shared/format/format";
import { trouble } from "../../shared/format/errorMessage";
import { useAlarms } from "./queries";
import { Since } from "./StatusBadge";

/** The whole fleet's faults, the oldest first. */
export function Amiss() {
  const { t } = useTranslation("fleet");
  const { data, error } = useAlarms();
  if (error) return <p role="alert">{trouble(error)}</p>;
  if (!data) return null;
  if (data.items.length === 0) return <p className="fleet-well">{t("amiss.none")}</p>;
  return (
    <section className="fleet-amiss" aria-label={t("amiss")}>
      <h2>{t("amiss")}</h2>
      <ul>
        {data.items.map((alarm) => (
          <li key={[alarm.node, alarm.camera, alarm.kind].join(" ")}>
            <strong>{[alarm.node, alarm.camera].filter(Boolean).join(" · ")}</strong>
            <span>
              <Fault alarm={alarm} />
            </span>
            <small>
              <Since at={alarm.since} />
            </small>
            <small>{t(`mend.${alarm.kind}`)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One fault in words, with its figures. */
export function Fault({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation("fleet");
  const { missing, skew_s: skew, rev, incidents } = alarm.detail;
  const by = stretch(Math.abs(Number(skew ?? 0)) * 1000);
  return <>{t(`fault.${alarm.kind}`, { missing, by, rev, incidents })}</>;
}
