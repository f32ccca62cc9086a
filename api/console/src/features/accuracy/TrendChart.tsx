import { useTranslation } from "react-i18next";

import type { AccuracyFigure, AccuracyRow } from "../../api/types";
import { figureOf, formatInterval } from "./share";

const WIDTH = 640;
const HEIGHT = 150;
const MARGIN = { left: 44, right: 12, top: 12, bottom: 24 };
const CODES = ["published_precision", "push_recall"] as const;

/** Precision and recall of what was pushed, week by week, with their 95 % intervals. */
export function TrendChart({ weeks }: { weeks: AccuracyRow[] }) {
  const { t } = useTranslation("accuracy");
  if (weeks.length < 2) return null;
  const x = (index: number): number =>
    MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * (index + 0.5)) / weeks.length;
  const y = (share: number): number => MARGIN.top + (HEIGHT - MARGIN.top - MARGIN.bottom) * (1 - share);
  return (
    <figure className="trend">
      <figcaption>
        {CODES.map((code) => (
          <span key={code} className={`trend-${code}`}>
            {t(`code.${code}`)}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("trend")}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line className="chart-axis" x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={y(share)} y2={y(share)} />
            <text x={MARGIN.left - 6} y={y(share) + 4} textAnchor="end">
              {100 * share} %
            </text>
          </g>
        ))}
        {weeks.map((week, index) => (
          <g key={week.key}>
            <text x={x(index)} y={HEIGHT - 6} textAnchor="middle">
              {week.key.slice(5)}
            </text>
            {CODES.map((code, offset) => (
              <Estimate
                key={code}
                code={code}
                figure={figureOf(week.figures, code)}
                x={x(index) + 10 * (offset - 0.5)}
                y={y}
              />
            ))}
          </g>
        ))}
      </svg>
    </figure>
  );
}

interface EstimateProps {
  code: string;
  figure: AccuracyFigure | undefined;
  x: number;
  y: (share: number) => number;
}

function Estimate({ code, figure, x, y }: EstimateProps) {
  if (!figure || figure.estimate === null) return null;
  return (
    <g className={`trend-${code}`}>
      <title>{`${formatInterval(figure.low, figure.high)}, ${figure.hits}/${figure.n}`}</title>
      <line x1={x} x2={x} y1={y(figure.low)} y2={y(figure.high)} />
      <circle cx={x} cy={y(figure.estimate)} r={4} />
    </g>
  );
}
