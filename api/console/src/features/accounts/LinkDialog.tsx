import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { BASE_PATH } from "../../api/basePath";
import type { InvitationLink } from "../../api/types";
import { formatTime } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";

/** A one-time link, which is shown now only. */
export function LinkDialog({ link, close }: { link: InvitationLink; close: () => void }) {
  const { t } = useTranslation("accounts");
  const now = useNow();
  const [isCopied, setIsCopied] = useState(false);
  const address = `${location.origin}${BASE_PATH}${link.path.slice(1)}`;
  const copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(address);
    setIsCopied(true);
  };
  return (
    <Modal open title={t("link.title", { name: link.account })} footer={null} onCancel={close} width={560}>
      <p>{t("link.hint", { until: formatTime(link.expires_at, now) })}</p>
      <Input.TextArea readOnly autoSize value={address} data-field="link" onFocus={(event) => event.target.select()} />
      <p className="accounts-actions">
        <Button type="primary" onClick={() => void copy()}>
          {t(isCopied ? "link.copied" : "link.copy")}
        </Button>
        <Button onClick={close}>{t("link.close")}</Button>
      </p>
    </Modal>
  );
}
