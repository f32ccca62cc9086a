import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { IncidentDetail } from "../../api/types";
import { selectClip } from "./selectClip";

/** The video before and after the alert. It is loaded on play only, since each access is audited. */
export function ClipPlayer({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [failedSha256, setFailedSha256] = useState<string | null>(null);
  const clip = selectClip(incident);
  if (!clip) return null;
  if (!clip.available) return <p className="incident-clip muted">{t("clip.pending")}</p>;
  if (failedSha256 === clip.sha256) return <p className="incident-clip muted">{t("clip.failed")}</p>;
  return (
    <figure className="incident-clip">
      <figcaption>{t("clip")}</figcaption>
      <video
        key={clip.sha256}
        src={evidenceUrl(clip.sha256)}
        controls
        muted
        playsInline
        preload="none"
        aria-label={t("clip")}
        onError={() => setFailedSha256(clip.sha256)}
      />
    </figure>
  );
}
