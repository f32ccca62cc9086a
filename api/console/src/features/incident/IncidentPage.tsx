/** The page of one incident. */
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { useKeys } from "../../shared/hooks/useHotkeys";
import { IncidentView } from "./IncidentView";

/** Show it on a page of its own; Escape leads back to the queue. */
export function IncidentPage({ id }: { id: string }) {
  const { t } = useTranslation("incident");
  const navigate = useNavigate();
  const back = (): void => void navigate(`/queue/${id}`);
  useKeys({ Escape: back });
  return (
    <main className="incident-frame">
      <button className="incident-back" onClick={back}>
        ← {t("back")} <kbd>Esc</kbd>
      </button>
      <IncidentView id={id} isPage />
    </main>
  );
}
