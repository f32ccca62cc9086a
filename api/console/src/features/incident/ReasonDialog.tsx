/** Ask for a reason: one key for the usual ones, words for the others. */
import { Button, Input, type InputRef, Modal } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../shared/hooks/useHotkeys";

/** Sent as they stand here, so that they can be counted; shown in the language of the page. */
export const REJECT_REASONS = [
  "nothing_there",
  "normal_activity",
  "picture_fault",
  "zone_or_setting",
  "already_known",
] as const;

interface Props {
  open: boolean;
  title: string;
  label: string;
  quick: readonly string[];
  give: (reason: string) => void;
  close: () => void;
}

/** A dialog for keys alone: a digit sends, text and Enter send, Escape closes. */
export function ReasonDialog({ open, title, label, quick, give, close }: Props) {
  const field = useRef<InputRef>(null);
  return (
    <Modal
      open={open}
      title={title}
      footer={null}
      onCancel={close}
      width={460}
      destroyOnHidden
      afterOpenChange={(isOpen) => isOpen && quick.length === 0 && field.current?.focus()}
    >
      <Choices quick={quick} give={give} />
      <FreeText label={label} give={give} field={field} />
    </Modal>
  );
}

function Choices({ quick, give }: { quick: readonly string[]; give: (reason: string) => void }) {
  const { t } = useTranslation("incident");
  useKeys(Object.fromEntries(quick.map((reason, index) => [String(index + 1), () => give(reason)])), "dialog");
  if (quick.length === 0) return null;
  return (
    <>
      <ol className="reasons">
        {quick.map((reason, index) => (
          <li key={reason}>
            <Button block onClick={() => give(reason)}>
              <kbd>{index + 1}</kbd> {t(`reason.${reason}`)}
            </Button>
          </li>
        ))}
      </ol>
      <p className="reasons-hint">{t("reject.hint")}</p>
    </>
  );
}

interface FreeTextProps {
  label: string;
  give: (reason: string) => void;
  field: React.Ref<InputRef>;
}

function FreeText({ label, give, field }: FreeTextProps) {
  const { t } = useTranslation("incident");
  const [text, setText] = useState("");
  const send = (): void => {
    if (text.trim()) give(text.trim());
  };
  return (
    <label className="reasons-text">
      {label}
      <span>
        <Input
          ref={field}
          maxLength={500}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onPressEnter={send}
        />
        <Button type="primary" disabled={!text.trim()} onClick={send}>
          {t("send")}
        </Button>
      </span>
    </label>
  );
}
