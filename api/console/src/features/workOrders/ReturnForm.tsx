/** Give an order back, with a reason. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

/** Two usual reasons at a touch, another one in words. */
export function ReturnForm({ give, cancel }: { give: (reason: string) => void; cancel: () => void }) {
  const { t } = useTranslation("orders");
  const [reason, setReason] = useState("");
  return (
    <form
      className="order-form"
      onSubmit={(event) => {
        event.preventDefault();
        give(reason.trim());
      }}
    >
      <h2>{t("return.title")}</h2>
      {(["wrong_place", "cannot_go"] as const).map((usual) => (
        <button key={usual} type="button" className="phone-quiet" onClick={() => give(usual)}>
          {t(`return.${usual}`)}
        </button>
      ))}
      <label>
        {t("return.other")}
        <textarea rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <button className="phone-do" disabled={!reason.trim()}>
        {t("return.send")}
      </button>
      <button type="button" className="phone-quiet" onClick={cancel}>
        {t("shared:cancel")}
      </button>
    </form>
  );
}
