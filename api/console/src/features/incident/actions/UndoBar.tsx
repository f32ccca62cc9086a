import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useHotkeys } from "../../../shared/hooks/useHotkeys";
import { useNow } from "../../../shared/hooks/useNow";

interface Props {
  /** What was done. */
  text: string;
  withinS: number;
  undo: () => void;
}

/** What was done, and a button that takes it back while the time lasts. */
export function UndoBar({ text, withinS, undo }: Props) {
  const { t } = useTranslation("actions");
  const now = useNow();
  const [endsAt] = useState(() => now.getTime() + withinS * 1000);
  useHotkeys({ u: undo });
  const leftS = Math.max(0, Math.ceil((endsAt - now.getTime()) / 1000));
  return (
    <span className="undo-bar">
      <span>{text}</span>
      <Button type="primary" onClick={undo}>
        {t("undo", { seconds: leftS })} <kbd>U</kbd>
      </Button>
    </span>
  );
}
