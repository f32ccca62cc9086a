import { useTranslation } from "react-i18next";

import type { CalibrationVersion } from "../../api/types";
import { formatPercent } from "../../shared/format/format";

const SIZE = 220;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 8;

/**
 * The share of true incidents against the stated probability; on the diagonal both agree.
 *
 * The area of a point grows with its number of verdicts.
 */
export function ReliabilityDiagram({ bins }: { bins: CalibrationVersion["reliability"] }) {
  const { t } = useTranslation("accuracy");
  const x = (share: number): number => LEFT + share * SIZE;
  const y = (share: number): number => TOP + (1 - share) * SIZE;
  const most = Math.max(1, ...bins.map(({ n }) => n));
  return (
    <svg
      className="reliability"
      viewBox={`0 0 ${LEFT + SIZE + 20} ${TOP + SIZE + BOTTOM}`}
      role="img"
      aria-label={t("reliability")}
    >
      <line className="chart-axis" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} strokeDasharray="4 4" />
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line className="chart-axis" x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text x={LEFT - 6} y={y(share) + 4} textAnchor="end">
            {formatPercent(share)}
          </text>
          <text x={x(share)} y={y(0) + 16} textAnchor="middle">
            {formatPercent(share)}
          </text>
        </g>
      ))}
      {bins
        .filter(({ n }) => n > 0)
        .map((bin) => (
          <circle key={bin.low} cx={x(bin.mean)} cy={y(bin.n_true / bin.n)} r={3 + 7 * Math.sqrt(bin.n / most)}>
            <title>{`${formatPercent(bin.low)} – ${formatPercent(bin.high)}: ${bin.n_true}/${bin.n}`}</title>
          </circle>
        ))}
    </svg>
  );
}
