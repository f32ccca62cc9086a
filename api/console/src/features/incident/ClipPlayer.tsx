/** The moments before and after the alert. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { IncidentDetail } from "../../api/types";
import { clipOf } from "./selectClip";

/** Nothing is loaded until somebody plays it: every look is on record. */
export function Clip({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation("incident");
  const [failed, setFailed] = useState<string | null>(null);
  const clip = clipOf(incident);
  if (!clip) return null;
  if (!clip.available) return <p className="incident-clip quiet">{t("clip.pending")}</p>;
  if (failed === clip.sha256) return <p className="incident-clip quiet">{t("clip.failed")}</p>;
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
        onError={() => setFailed(clip.sha256)}
      />
    </figure>
  );
}
