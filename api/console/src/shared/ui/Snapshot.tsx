import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { Box, DetailedPicture, Picture } from "../../api/types";
import { SnapshotCaption } from "./SnapshotCaption";
import { SnapshotDrawing } from "./SnapshotDrawing";

interface Props {
  /** In a list it comes without what it shows: then the boxes alone are drawn. */
  snapshot: Picture | DetailedPicture | null;
  boxes: Box[];
  title: string;
  showBoxes?: boolean;
  /** Whether to say below it when it was taken, and what is drawn. */
  showCaption?: boolean;
  /** When pictures of the incident were deleted. */
  deletedAt?: string | null | undefined;
}

/** A snapshot with what was counted in it; without a picture, the reason why there is none. */
export function Snapshot({ snapshot, boxes, title, showBoxes = true, showCaption = false, deletedAt = null }: Props) {
  const { t } = useTranslation("shared");
  const [failedSha256, setFailedSha256] = useState<string | null>(null);
  if (!snapshot) return <div className="snapshot snapshot-empty">{t("snapshot.none")}</div>;
  if (!snapshot.available) {
    const reason = deletedAt ? t("snapshot.deleted", { at: deletedAt.slice(0, 10) }) : t("snapshot.pending");
    return <div className="snapshot snapshot-empty">{reason}</div>;
  }
  if (failedSha256 === snapshot.sha256) {
    return <div className="snapshot snapshot-empty">{t("snapshot.failed")}</div>;
  }
  const content = "content" in snapshot ? snapshot.content : null;
  return (
    <>
      <div className="snapshot">
        <img
          src={evidenceUrl(snapshot.sha256)}
          alt={t("snapshot.alt", { title })}
          onError={() => setFailedSha256(snapshot.sha256)}
        />
        {showBoxes && <SnapshotDrawing content={content} boxes={boxes} />}
      </div>
      {showCaption && <SnapshotCaption content={content} />}
    </>
  );
}
