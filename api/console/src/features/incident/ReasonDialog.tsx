import { Button, Input, type InputRef, Modal } from "antd";
import { type Ref, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useHotkeys } from "../../shared/hooks/useHotkeys";

interface Props {
  isOpen: boolean;
  title: string;
  label: string;
  /** Codes of the reasons to choose from; may be empty. */
  choices: readonly string[];
  submit: (reason: string) => void;
  close: () => void;
}

/** Ask for a reason. A digit submits a choice, Enter submits the text, Escape closes. */
export function ReasonDialog({ isOpen, title, label, choices, submit, close }: Props) {
  const field = useRef<InputRef>(null);
  return (
    <Modal
      open={isOpen}
      title={title}
      footer={null}
      onCancel={close}
      width={460}
      destroyOnHidden
      afterOpenChange={(hasOpened) => hasOpened && choices.length === 0 && field.current?.focus()}
    >
      <ReasonChoices choices={choices} submit={submit} />
      <ReasonText label={label} submit={submit} field={field} />
    </Modal>
  );
}

function ReasonChoices({ choices, submit }: Pick<Props, "choices" | "submit">) {
  const { t } = useTranslation("incident");
  useHotkeys(Object.fromEntries(choices.map((reason, index) => [String(index + 1), () => submit(reason)])), "dialog");
  if (choices.length === 0) return null;
  return (
    <>
      <ol className="reasons">
        {choices.map((reason, index) => (
          <li key={reason}>
            <Button block onClick={() => submit(reason)}>
              <kbd>{index + 1}</kbd> {t(`reason.${reason}`)}
            </Button>
          </li>
        ))}
      </ol>
      <p className="reasons-hint">{t("reject.hint")}</p>
    </>
  );
}

function ReasonText({ label, submit, field }: Pick<Props, "label" | "submit"> & { field: Ref<InputRef> }) {
  const { t } = useTranslation("incident");
  const [text, setText] = useState("");
  const submitText = (): void => {
    if (text.trim()) submit(text.trim());
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
          onPressEnter={submitText}
        />
        <Button type="primary" disabled={!text.trim()} onClick={submitText}>
          {t("submit")}
        </Button>
      </span>
    </label>
  );
}
