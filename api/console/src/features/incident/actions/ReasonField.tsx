import { Input } from "antd";
import { useTranslation } from "react-i18next";

import { ChoiceList } from "./ChoiceList";

interface Props {
  /** Codes to choose from; may be empty. */
  codes: readonly string[];
  label: string;
  reason: string | undefined;
  /** A code was chosen. */
  choose: (code: string) => void;
  /** A text was changed. */
  write: (text: string) => void;
  submit: () => void;
  hasHotkeys: boolean;
}

/** Ask for a reason: one of the codes, or a text. */
export function ReasonField({ codes, label, reason, choose, write, submit, hasHotkeys }: Props) {
  const { t } = useTranslation("incident");
  const isCode = reason !== undefined && codes.includes(reason);
  const choices = codes.map((code) => ({ id: code, label: t(`reason.${code}`) }));
  return (
    <>
      {codes.length > 0 && (
        <ChoiceList
          label={label}
          choices={choices}
          chosenId={isCode ? reason : undefined}
          choose={choose}
          hasHotkeys={hasHotkeys}
        />
      )}
      <label className="dialog-field">
        {codes.length > 0 ? t("actions:other_reason") : label}
        <Input.TextArea
          autoFocus={codes.length === 0}
          autoSize={{ minRows: 1, maxRows: 4 }}
          maxLength={500}
          value={isCode ? "" : (reason ?? "")}
          onChange={(event) => write(event.target.value)}
          onPressEnter={(event) => {
            event.preventDefault();
            submit();
          }}
        />
      </label>
    </>
  );
}
