/** What the worker found: a photo, yes or no, and a note. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Order } from "../../api/types";
import { type Draft, useDraft } from "./offline/useReportDraft";
import type { Said } from "./offline/outbox";
import { photoOf } from "./photo/preparePhoto";
import { Photos } from "./photo/PhotoInput";

interface Props {
  order: Order;
  say: (order: Order, said: Said) => Promise<void>;
}

type Taking = "ready" | "preparing" | "unreadable";

/** Kept while it is written; sent whole. */
export function ReportForm({ order, say }: Props) {
  const { t } = useTranslation("orders");
  const { draft, change, clear } = useDraft(order.id);
  const [taking, setTaking] = useState<Taking>("ready");
  if (!draft) return null;
  const take = async (file: File): Promise<void> => {
    setTaking("preparing");
    try {
      const photo = await photoOf(file);
      change({ photos: [...draft.photos.filter(({ sha256 }) => sha256 !== photo.sha256), photo] });
      setTaking("ready");
    } catch {
      setTaking("unreadable");
    }
  };
  const send = async (found: boolean): Promise<void> => {
    await say(order, { action: "report", found, note: draft.note.trim(), photos: draft.photos });
    clear();
  };
  return (
    <form
      className="order-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.found !== null) void send(draft.found);
      }}
    >
      <h2>{t("report.title")}</h2>
      <Photos
        photos={draft.photos}
        take={(file) => void take(file)}
        remove={(gone) => change({ photos: draft.photos.filter((photo) => photo !== gone) })}
      />
      {taking !== "ready" && <p role="status">{t(`report.${taking}`)}</p>}
      <Found found={draft.found} choose={(found) => change({ found })} />
      <label>
        {t("report.note")}
        <textarea rows={3} maxLength={2000} value={draft.note} onChange={(event) => change({ note: event.target.value })} />
      </label>
      <Send draft={draft} />
    </form>
  );
}

function Found({ found, choose }: { found: boolean | null; choose: (found: boolean) => void }) {
  const { t } = useTranslation("orders");
  return (
    <fieldset className="order-found">
      <legend>{t("report.found")}</legend>
      {([true, false] as const).map((value) => (
        <label key={String(value)}>
          <input type="radio" name="found" checked={found === value} onChange={() => choose(value)} />
          <span>{t(value ? "found.yes" : "found.no")}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Send({ draft }: { draft: Draft }) {
  const { t } = useTranslation("orders");
  const isWhole = draft.photos.length > 0 && draft.found !== null;
  return (
    <>
      {!isWhole && <p className="order-need">{t("report.need")}</p>}
      <button className="phone-do" disabled={!isWhole}>
        {t("report.send")}
      </button>
    </>
  );
}
