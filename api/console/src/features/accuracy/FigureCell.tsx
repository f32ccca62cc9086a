import { useTranslation } from "react-i18next";

import type { AccuracyFigure } from "../../api/types";
import { formatInterval, formatShare } from "./share";

/** A figure with its interval and n/N; what all verdicts together say stands below it. */
export function FigureCell({ figure }: { figure: AccuracyFigure | undefined }) {
  const { t } = useTranslation("accuracy");
  if (!figure) return <td>–</td>;
  const { estimate, low, high, hits, n, reviewed, reviewed_hits: reviewedHits } = figure;
  return (
    <td className="figure">
      {estimate === null ? (
        <span className="muted">{t("figure.none")}</span>
      ) : (
        <>
          <strong>{formatShare(estimate)}</strong>
          <small>
            {formatInterval(low, high)} · {hits}/{n}
          </small>
        </>
      )}
      {reviewed > 0 && <small className="muted">{t("figure.reviewed", { hits: reviewedHits, n: reviewed })}</small>}
    </td>
  );
}
