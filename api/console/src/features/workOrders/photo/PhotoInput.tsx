import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Photo } from "../offline/outbox";
import { EnlargeablePicture } from "../picture/PictureViewer";

interface Props {
  photos: Photo[];
  add: (file: File) => void;
  remove: (photo: Photo) => void;
}

/** Thumbnails of the photos, each with a remove button, and a button that opens the camera. */
export function PhotoInput({ photos, add, remove }: Props) {
  const { t } = useTranslation("workOrders");
  return (
    <div className="photo-input">
      {photos.map((photo, index) => (
        <PhotoThumbnail key={photo.sha256} photo={photo} number={index + 1} remove={() => remove(photo)} />
      ))}
      <label className="photo-capture">
        <span aria-hidden="true">＋</span>
        {t(photos.length === 0 ? "photo.first" : "photo.next")}
        <input
          className="visually-hidden"
          type="file"
          accept="image/*"
          capture="environment"
          onChange={({ target }) => {
            const file = target.files?.[0];
            target.value = "";
            if (file) add(file);
          }}
        />
      </label>
    </div>
  );
}

function PhotoThumbnail({ photo, number, remove }: { photo: Photo; number: number; remove: () => void }) {
  const { t } = useTranslation("workOrders");
  const url = useMemo(() => URL.createObjectURL(photo.picture), [photo]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <div className="photo-thumbnail">
      <EnlargeablePicture>
        <img src={url} alt={t("photo.alt", { n: number })} />
      </EnlargeablePicture>
      <button type="button" className="photo-remove" aria-label={t("photo.remove")} onClick={remove}>
        ×
      </button>
    </div>
  );
}
