import { Alert, Button, Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { IncidentDetail, Level } from "../../../api/types";
import { codeLabel } from "../../../shared/i18n/codeLabel";
import { type AvailableAction, type Field, fieldsOf } from "./actionTable";
import { AddresseeField } from "./AddresseeField";
import { ChoiceList } from "./ChoiceList";
import { EndField } from "./EndField";
import { IncidentField } from "./IncidentField";
import { ReasonField } from "./ReasonField";
import type { ActionInput } from "./sendAction";
import { SuppressField } from "./SuppressField";

interface Props {
  action: AvailableAction;
  incident: IncidentDetail;
  /** What is chosen already, such as the suggested incident. */
  initial?: ActionInput;
  submit: (input: ActionInput) => void;
  close: () => void;
}

/**
 * Ask for what an action needs, as the centre states it in the option of the action.
 *
 * The digits choose in the first field that is still empty. A coded reason comes last and submits.
 */
export function ActionDialog({ action: { name, option }, incident, initial = {}, submit, close }: Props) {
  const { t } = useTranslation("actions");
  const [input, setInput] = useState(initial);
  const fields = fieldsOf(option);
  const firstEmpty = fields.find((field) => !isFilled(field, input));
  const set = (change: Partial<ActionInput>): void => setInput((last) => ({ ...last, ...change }));
  const submitIfComplete = (complete: ActionInput): void => {
    if (fields.every((field) => isFilled(field, complete))) submit(complete);
  };
  const chooseReason = (reason: string): void => {
    set({ reason });
    submitIfComplete({ ...input, reason });
  };
  const submitButton = useFocusOnceComplete(firstEmpty === undefined && !fields.includes("reason"));
  return (
    <Modal open title={t(`${name}.title`)} footer={null} onCancel={close} width={520} destroyOnHidden>
      <div className="action-dialog">
        <Notice name={name} incident={incident} hasWarning={option.warnings.length > 0} />
        {fields.includes("addressee") && (
          <AddresseeField
            incident={incident}
            offersAreas={option.addressees.includes("area")}
            addressee={input.addressee}
            choose={(addressee) => setInput(({ addressee: _, ...rest }) => (addressee ? { ...rest, addressee } : rest))}
            hasHotkeys={firstEmpty === "addressee"}
          />
        )}
        {fields.includes("incident") && (
          <IncidentField
            incident={incident}
            chosenId={input.incident}
            choose={(id) => set({ incident: id })}
            hasHotkeys={firstEmpty === "incident"}
          />
        )}
        {fields.includes("level") && (
          <ChoiceList
            label={t("level")}
            choices={option.levels.map((level) => ({ id: level, label: t(`shared:level.${level}`) }))}
            chosenId={input.level}
            choose={(level) => set({ level: level as Level })}
            hasHotkeys={firstEmpty === "level"}
          />
        )}
        {fields.includes("end") && (
          <EndField
            maxDays={option.max_days ?? 0}
            end={input.end}
            choose={(end) => set({ end })}
            hasHotkeys={firstEmpty === "end"}
          />
        )}
        {option.suppress_for_s.length > 0 && (
          <SuppressField
            offeredS={option.suppress_for_s}
            suppressForS={input.suppressForS}
            choose={(seconds) =>
              setInput(({ suppressForS: _, ...rest }) => (seconds ? { ...rest, suppressForS: seconds } : rest))
            }
          />
        )}
        {fields.includes("reason") && (
          <ReasonField
            codes={option.reasons}
            label={t(`${name}.reason`)}
            reason={input.reason}
            choose={chooseReason}
            write={(reason) => set({ reason })}
            submit={() => submitIfComplete(input)}
            hasHotkeys={firstEmpty === "reason"}
          />
        )}
        <footer className="action-dialog-footer">
          <Button onClick={close}>{t("shared:cancel")}</Button>
          <Button
            ref={submitButton}
            type="primary"
            danger={name === "reject" || name === "cancel"}
            disabled={firstEmpty !== undefined}
            onClick={() => submit(input)}
          >
            {t(`${name}.submit`)}
          </Button>
        </footer>
      </div>
    </Modal>
  );
}

function isFilled(field: Field, { addressee, incident, level, end, reason = "" }: ActionInput): boolean {
  const values = { addressee, incident, level, end, reason: reason.trim() };
  return Boolean(values[field]);
}

/** Move the focus to the button once nothing is missing, so that Enter submits. */
function useFocusOnceComplete(isComplete: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const isTyping = document.activeElement?.matches("input, textarea") ?? false;
    if (isComplete && !isTyping) button.current?.focus();
  }, [isComplete]);
  return button;
}

interface NoticeProps {
  name: string;
  incident: IncidentDetail;
  hasWarning: boolean;
}

/** What a person has to know before the action: a warning of the centre, or the proposal to agree to. */
function Notice({ name, incident: { cancel_proposal: proposal }, hasWarning }: NoticeProps) {
  const { t } = useTranslation("actions");
  if (hasWarning) return <Alert type="warning" title={t("still_firing.title")} description={t("still_firing.detail")} />;
  if (name !== "cancel" || !proposal) return null;
  const reason = codeLabel("incident", "reason", proposal.reason);
  return <Alert type="info" title={t("cancel.proposal", { name: proposal.account, reason })} />;
}
