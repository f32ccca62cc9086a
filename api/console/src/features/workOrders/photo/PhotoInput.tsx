/** The photos of a report. */
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Photo } from "../offline/outbox";

interface Props {
  photos: Photo[];
  take: (file: File) => void;
  remove: (photo: Photo) => void;
}

/** Those taken, each with a way to drop it, and the button that opens the camera. */
export function Photos({ photos, take, remove }: Props) {
  const { t } = useTranslation("orders");
  return (
    <div className="photos">
      {photos.map((photo, index) => (
        <Thumb key={photo.sha256} photo={photo} number={index + 1} remove={() => remove(photo)} />
      ))}
      <label className="photos-take">
        <span aria-hidden="true">＋</span>
        {t(photos.length === 0 ? "report.photo" : "report.more")}
        <input
          className="visually-hidden"
          type="file"
          accept="image/*"
          capture="environment"
          onChange={({ target }) => {
            const file = target.files?.[0];
            target.value = "";
            if (file) take(file);
          }}
        />
      </label>
    </div>
  );
}

function Thumb({ photo, number, remove }: { photo: Photo; number: number; remove: () => void }) {
  const { t } = useTranslation("orders");
  const address = useMemo(() => URL.createObjectURL(photo.picture), [photo]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return (
    <div className="photos-one">
      <img src={address} alt={t("report.alt", { n: number })} />
      <button type="button" aria-label={t("report.remove")} onClick={remove}>
        ×
      </button>
    </div>
  );
}
