import { App, Button, Checkbox, Input, Modal, Segmented, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { exportEvidence, placeLegalHold, recordErasureRequest } from "../../api/endpoints";
import { useNow } from "../../shared/hooks/useNow";
import { monthsFrom } from "./monthsFrom";
import { useSend } from "./queries";
import "./retention.css";

const PURPOSES = ["investigation", "complaint", "handling", "verification", "audit", "training"] as const;
const REVIEWS = [1, 3, 6, 12];
type Dialog = "export" | "hold" | "erase";

interface Props {
  incidentId: string;
  /** Whether the account may hold incidents and export pictures on which heads are not hidden. */
  isSupervisor: boolean;
}

/** Export the evidence of an incident, keep it from deletion, or record a request to erase it. */
export function RecordsPanel({ incidentId, isSupervisor }: Props) {
  const { t } = useTranslation("retention");
  const [dialog, setDialog] = useState<Dialog>();
  const close = (): void => setDialog(undefined);
  const dialogs: Dialog[] = isSupervisor ? ["export", "hold", "erase"] : ["export", "erase"];
  return (
    <section className="panel records-panel">
      <h3>{t("records")}</h3>
      <div className="retention-actions">
        {dialogs.map((name) => (
          <Button key={name} size="small" data-action={`records-${name}`} onClick={() => setDialog(name)}>
            {t(name)}
          </Button>
        ))}
      </div>
      {dialog === "export" && <ExportDialog {...{ incidentId, isSupervisor, close }} />}
      {dialog === "hold" && <HoldDialog {...{ incidentId, close }} />}
      {dialog === "erase" && <ErasureDialog {...{ incidentId, close }} />}
    </section>
  );
}

function ExportDialog({ incidentId, isSupervisor, close }: Props & { close: () => void }) {
  const { t } = useTranslation("retention");
  const { send, isPending } = useSend();
  const [purpose, setPurpose] = useState<(typeof PURPOSES)[number]>(PURPOSES[0]);
  const [withUnredacted, setWithUnredacted] = useState(false);
  const download = async (): Promise<void> => {
    const archive = await exportEvidence(incidentId, { purpose, with_unredacted: withUnredacted });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(archive);
    link.download = `incident-${incidentId.slice(0, 13)}.zip`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <RecordsDialog name="export" canSubmit={!isPending} submit={() => send(download, close)} close={close}>
      <Select
        aria-label={t("purpose")}
        value={purpose}
        onChange={setPurpose}
        options={PURPOSES.map((name) => ({ value: name, label: t(`purpose.${name}`) }))}
      />
      {isSupervisor && (
        <Checkbox checked={withUnredacted} onChange={(event) => setWithUnredacted(event.target.checked)}>
          {t("with_unredacted")}
        </Checkbox>
      )}
    </RecordsDialog>
  );
}

function HoldDialog({ incidentId, close }: { incidentId: string; close: () => void }) {
  const { t } = useTranslation("retention");
  const { message } = App.useApp();
  const now = useNow();
  const { send, isPending } = useSend();
  const [authority, setAuthority] = useState("");
  const [reason, setReason] = useState("");
  const [months, setMonths] = useState(3);
  const submit = (): void =>
    send(
      () =>
        placeLegalHold({
          target: { incident: incidentId },
          authority: authority.trim(),
          reason: reason.trim(),
          review_at: monthsFrom(now, months),
        }),
      () => {
        void message.success(t("done_hold"));
        close();
      },
    );
  const isComplete = Boolean(authority.trim() && reason.trim());
  return (
    <RecordsDialog name="hold" canSubmit={isComplete && !isPending} submit={submit} close={close}>
      <TextField label={t("authority")} value={authority} change={setAuthority} name="authority" />
      <TextField label={t("reason")} value={reason} change={setReason} name="reason" />
      <label>{t("review_in")}</label>
      <Segmented
        value={months}
        onChange={setMonths}
        options={REVIEWS.map((count) => ({ value: count, label: t("months", { count }) }))}
      />
    </RecordsDialog>
  );
}

function ErasureDialog({ incidentId, close }: { incidentId: string; close: () => void }) {
  const { t } = useTranslation("retention");
  const { message } = App.useApp();
  const { send, isPending } = useSend();
  const [reference, setReference] = useState("");
  const [reason, setReason] = useState("");
  const submit = (): void =>
    send(
      () => recordErasureRequest({ reference: reference.trim(), reason: reason.trim(), incidents: [incidentId] }),
      () => {
        void message.success(t("done_erase"));
        close();
      },
    );
  const isComplete = Boolean(reference.trim() && reason.trim());
  return (
    <RecordsDialog name="erase" canSubmit={isComplete && !isPending} submit={submit} close={close}>
      <TextField label={t("reference")} value={reference} change={setReference} name="reference" />
      <TextField label={t("reason")} value={reason} change={setReason} name="reason" />
    </RecordsDialog>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  change: (value: string) => void;
  name: string;
}

function TextField({ label, value, change, name }: TextFieldProps) {
  return (
    <Input
      maxLength={500}
      placeholder={label}
      aria-label={label}
      value={value}
      onChange={(event) => change(event.target.value)}
      data-field={name}
    />
  );
}

interface DialogProps {
  name: Dialog;
  canSubmit: boolean;
  submit: () => void;
  close: () => void;
  children: ReactNode;
}

function RecordsDialog({ name, canSubmit, submit, close, children }: DialogProps) {
  const { t } = useTranslation("retention");
  return (
    <Modal open title={t(name)} footer={null} onCancel={close} width={480} destroyOnHidden>
      <form
        className="retention-form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="muted">{t(`${name}_hint`)}</p>
        {children}
        <footer>
          <Button onClick={close}>{t("shared:cancel")}</Button>
          <Button type="primary" htmlType="submit" disabled={!canSubmit}>
            {t(name === "export" ? "download" : "submit")}
          </Button>
        </footer>
      </form>
    </Modal>
  );
}
