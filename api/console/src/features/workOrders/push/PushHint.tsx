import { useTranslation } from "react-i18next";

import { errorMessage } from "../../../shared/format/errorMessage";
import { usePush } from "./usePush";

/** Offer notifications for a closed page, or say why they cannot arrive. Nothing once they are enabled. */
export function PushHint({ account }: { account: string }) {
  const { t } = useTranslation("workOrders");
  const push = usePush(account);
  if (push.state === null || push.state === "on") return null;
  return (
    <section className="push-hint" data-state={push.state}>
      <p>{t(`push.${push.state}`)}</p>
      {push.error !== null && <p role="alert">{t("push.failed", { reason: errorMessage(push.error) })}</p>}
      {push.state === "off" && (
        <button className="button-secondary" onClick={() => void push.enable()}>
          {t("push.enable")}
        </button>
      )}
    </section>
  );
}
