import { useTranslation } from "react-i18next";

import type { Level } from "../../api/types";

const SHAPES: Record<Level, string> = {
  critical: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  major: "M8 1 15.5 14.5H.5z",
  minor: "M2 2h12v12H2z",
  info: "M8 1a7 7 0 1 0 0 14A7 7 0 1 0 8 1z",
};

/** A level as colour, shape and word, so that it does not depend on colour vision. */
export function LevelBadge({ level }: { level: Level }) {
  const { t } = useTranslation("shared");
  const label = t(`level.${level}`);
  return (
    <span className={`level level-${level}`} title={label}>
      <svg viewBox="0 0 16 16" role="img" aria-label={label}>
        <path d={SHAPES[level]} />
      </svg>
      <span aria-hidden="true">{label}</span>
    </span>
  );
}
