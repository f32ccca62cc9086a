import { useTranslation } from "react-i18next";

import type { PictureContent } from "../../api/types";
import { formatList, formatTime, localize } from "../format/format";
import { useNow } from "../hooks/useNow";
import { type ObjectKind, objectKind } from "./SnapshotDrawing";

const KINDS: ObjectKind[] = ["counted", "expected", "other"];

/** When a snapshot was taken, what the rule said at that moment, and what is drawn. */
export function SnapshotCaption({ content }: { content: PictureContent | null }) {
  const { t } = useTranslation("shared");
  const now = useNow();
  if (!content) return <p className="snapshot-caption muted">{t("snapshot.unknown")}</p>;
  const zones = content.zones.map(({ title }) => title);
  return (
    <div className="snapshot-caption">
      <p>
        <time dateTime={content.taken_at}>{formatTime(content.taken_at, now)}</time> {localize(content.because)}
      </p>
      <ul className="snapshot-legend">
        {zones.length > 0 && (
          <li className="legend-zone">{t("snapshot.zone", { zone: formatList(zones) })}</li>
        )}
        {KINDS.map((kind) => {
          const n = content.objects.filter((object) => objectKind(object) === kind).length;
          return n > 0 && <li key={kind} className={`legend-${kind}`}>{t(`snapshot.${kind}`, { n })}</li>;
        })}
      </ul>
    </div>
  );
}
