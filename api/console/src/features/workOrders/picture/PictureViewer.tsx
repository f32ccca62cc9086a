/** Pictures over the whole screen: a tap enlarges, two fingers zoom, the back button closes. */
import { createContext, type ReactNode, useContext, useState } from "react";
import { useTranslation } from "react-i18next";

type ShowPicture = (picture: ReactNode) => void;

const PictureContext = createContext<ShowPicture>(() => undefined);

interface Props {
  isOpen: boolean;
  open: () => void;
  close: () => void;
  children: ReactNode;
}

/** Let the pictures below be enlarged. */
export function PictureViewer({ isOpen, open, close, children }: Props) {
  const [picture, setPicture] = useState<ReactNode>(null);
  const show: ShowPicture = (shown) => {
    setPicture(shown);
    open();
  };
  return (
    <PictureContext value={show}>
      {children}
      {isOpen && picture && <EnlargedPicture picture={picture} close={close} />}
    </PictureContext>
  );
}

function EnlargedPicture({ picture, close }: { picture: ReactNode; close: () => void }) {
  const { t } = useTranslation("workOrders");
  const [isEnlarged, setIsEnlarged] = useState(false);
  return (
    <div className="picture-viewer" role="dialog" aria-modal="true" aria-label={t("picture")}>
      <button className="picture-close" autoFocus onClick={close}>
        ← {t("back")}
      </button>
      <button
        className="picture-area"
        data-enlarged={isEnlarged}
        aria-label={t(isEnlarged ? "picture.fit" : "picture.enlarge")}
        onClick={() => setIsEnlarged(!isEnlarged)}
      >
        <span>{picture}</span>
      </button>
    </div>
  );
}

/** A picture that is shown over the whole screen when it is tapped. */
export function EnlargeablePicture({ children }: { children: ReactNode }) {
  const { t } = useTranslation("workOrders");
  const show = useContext(PictureContext);
  return (
    <button type="button" className="picture-button" aria-label={t("picture.enlarge")} onClick={() => show(children)}>
      {children}
    </button>
  );
}
