import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useHotkeys } from "../../shared/hooks/useHotkeys";
import { IncidentView } from "./IncidentView";

interface Props {
  id: string;
  /** What is done with its evidence, which belongs to another feature. */
  records: ReactNode;
}

/** One incident on its own page. Escape leads back to the queue. */
export function IncidentPage({ id, records }: Props) {
  const { t } = useTranslation("incident");
  const navigate = useNavigate();
  const goBack = (): void => void navigate(`/queue/${id}`);
  useHotkeys({ Escape: goBack });
  return (
    <main className="incident-page-frame">
      <button className="incident-back" onClick={goBack}>
        ← {t("back")} <kbd>Esc</kbd>
      </button>
      <IncidentView id={id} isPage records={records} />
    </main>
  );
}
