import { useState } from "react";
import { useTranslation } from "react-i18next";

/** Ask why a work order is returned: a usual reason with one tap, or free text. */
export function ReturnForm({ submit, cancel }: { submit: (reason: string) => void; cancel: () => void }) {
  const { t } = useTranslation("workOrders");
  const [reason, setReason] = useState("");
  return (
    <form
      className="work-order-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(reason.trim());
      }}
    >
      <h2>{t("return.title")}</h2>
      {(["wrong_place", "cannot_go"] as const).map((code) => (
        <button key={code} type="button" className="button-secondary" onClick={() => submit(code)}>
          {t(`return.${code}`)}
        </button>
      ))}
      <label>
        {t("return.other")}
        <textarea rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <button className="button-primary" disabled={!reason.trim()}>
        {t("return.submit")}
      </button>
      <button type="button" className="button-secondary" onClick={cancel}>
        {t("shared:cancel")}
      </button>
    </form>
  );
}
