import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { FieldRecordItem } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";

/** What workers recorded without a network, and the centre could not apply to their work order. */
export function FieldRecords({ records }: { records: FieldRecordItem[] }) {
  const { t } = useTranslation("incident");
  const now = useNow();
  if (records.length === 0) return null;
  return (
    <section className="panel">
      <h3>{t("field_records")}</h3>
      {records.map(({ id, action, account, found, note, photos, recorded_at: at }) => (
        <div key={id} className="field-report">
          <p>
            <span className="tag">{t(`field_records.${action}`)}</span>
            <strong>{account}</strong>
            <time>{formatTime(at, now)}</time>
            {found !== null && <span>{t(found ? "report.found" : "report.not_found")}</span>}
            <span>{note}</span>
          </p>
          <div className="field-photos">
            {photos.map((sha256, index) => (
              <a key={sha256} href={evidenceUrl(sha256)} target="_blank" rel="noreferrer">
                <img src={evidenceUrl(sha256)} alt={t("report.photo", { n: index + 1 })} />
              </a>
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}
