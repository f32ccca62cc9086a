import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { Box, Picture } from "../../api/types";

interface Props {
  snapshot: Picture | null;
  boxes: Box[];
  title: string;
  showBoxes?: boolean;
}

/** A snapshot with bounding boxes; without a picture, the reason why there is none. */
export function Snapshot({ snapshot, boxes, title, showBoxes = true }: Props) {
  const { t } = useTranslation("shared");
  const [failedSha256, setFailedSha256] = useState<string | null>(null);
  if (!snapshot) return <div className="snapshot snapshot-empty">{t("snapshot.none")}</div>;
  if (!snapshot.available) return <div className="snapshot snapshot-empty">{t("snapshot.pending")}</div>;
  if (failedSha256 === snapshot.sha256) {
    return <div className="snapshot snapshot-empty">{t("snapshot.failed")}</div>;
  }
  return (
    <div className="snapshot">
      <img
        src={evidenceUrl(snapshot.sha256)}
        alt={t("snapshot.alt", { title })}
        onError={() => setFailedSha256(snapshot.sha256)}
      />
      {showBoxes && <Boxes boxes={boxes} />}
    </div>
  );
}

/** The coordinates are fractions of the frame, so the drawing scales with the picture. */
function Boxes({ boxes }: { boxes: Box[] }) {
  return (
    <svg className="boxes" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {boxes.map(([x = 0, y = 0, width = 0, height = 0]) => (
        <rect key={`${x},${y},${width},${height}`} x={x} y={y} width={width} height={height} />
      ))}
    </svg>
  );
}
