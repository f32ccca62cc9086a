import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { FieldReport } from "../../api/endpoints";
import type { WorkOrder } from "../../api/types";
import type { WorkOrderAction } from "./offline/outbox";
import { type ReportDraft, useReportDraft } from "./offline/useReportDraft";
import { PhotoInput } from "./photo/PhotoInput";
import { preparePhoto } from "./photo/preparePhoto";

interface Props {
  order: WorkOrder;
  submit: (action: WorkOrderAction) => Promise<void>;
}

type ReasonCode = NonNullable<FieldReport["reason_code"]>;
type PhotoState = "ready" | "preparing" | "unreadable";

/** The field report: photos, the situation on site, and a note. The draft survives a reload. */
export function ReportForm({ order, submit }: Props) {
  const { t } = useTranslation("workOrders");
  const { draft, update, clear } = useReportDraft(order.id);
  const [photoState, setPhotoState] = useState<PhotoState>("ready");
  if (!draft) return null;
  const addPhoto = async (file: File): Promise<void> => {
    setPhotoState("preparing");
    try {
      const photo = await preparePhoto(file);
      update(({ photos }) => ({ photos: [...photos.filter(({ sha256 }) => sha256 !== photo.sha256), photo] }));
      setPhotoState("ready");
    } catch {
      setPhotoState("unreadable");
    }
  };
  const submitReport = async (found: boolean): Promise<void> => {
    const reasonCode = found ? null : draft.reasonCode;
    await submit({ action: "report", found, reasonCode, note: draft.note.trim(), photos: draft.photos });
    clear();
  };
  return (
    <form
      className="work-order-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.found !== null) void submitReport(draft.found);
      }}
    >
      <h2>{t("report.title")}</h2>
      <PhotoInput
        photos={draft.photos}
        add={(file) => void addPhoto(file)}
        remove={(removed) => update(({ photos }) => ({ photos: photos.filter((photo) => photo !== removed) }))}
      />
      {photoState !== "ready" && <p role="status">{t(`photo.${photoState}`)}</p>}
      <OutcomeField found={draft.found} choose={(found) => update(() => ({ found }))} />
      {draft.found === false && (
        <ReasonField
          codes={order.action_options.find(({ action }) => action === "report")?.reasons ?? []}
          chosen={draft.reasonCode ?? null}
          choose={(reasonCode) => update(() => ({ reasonCode }))}
        />
      )}
      <label>
        {t("report.note")}
        <textarea
          rows={3}
          maxLength={2000}
          value={draft.note}
          onChange={({ target }) => update(() => ({ note: target.value }))}
        />
      </label>
      <SubmitButton draft={draft} />
    </form>
  );
}

function OutcomeField({ found, choose }: { found: boolean | null; choose: (found: boolean) => void }) {
  const { t } = useTranslation("workOrders");
  return (
    <fieldset className="report-outcome">
      <legend>{t("report.outcome")}</legend>
      {([true, false] as const).map((value) => (
        <label key={String(value)}>
          <input type="radio" name="found" checked={found === value} onChange={() => choose(value)} />
          <span>{t(value ? "outcome.found" : "outcome.not_found")}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface ReasonFieldProps {
  codes: string[];
  chosen: ReasonCode | null;
  choose: (code: ReasonCode | null) => void;
}

/** What was there instead; a worker who cannot say leaves it out. */
function ReasonField({ codes, chosen, choose }: ReasonFieldProps) {
  const { t } = useTranslation("workOrders");
  return (
    <label>
      {t("report.reason")}
      <select
        name="reason"
        value={chosen ?? ""}
        onChange={({ target }) => choose((target.value || null) as ReasonCode | null)}
      >
        <option value="">{t("report.no_reason")}</option>
        {codes.map((code) => (
          <option key={code} value={code}>
            {t(`reason.${code}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function SubmitButton({ draft }: { draft: ReportDraft }) {
  const { t } = useTranslation("workOrders");
  const isComplete = draft.photos.length > 0 && draft.found !== null;
  return (
    <>
      {!isComplete && <p className="form-hint">{t("report.incomplete")}</p>}
      <button className="button-primary" disabled={!isComplete}>
        {t("report.submit")}
      </button>
    </>
  );
}
