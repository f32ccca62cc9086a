import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AccuracyReport, AccuracyRow, Grouping } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { localize } from "../../shared/format/format";
import { FigureCell } from "./FigureCell";
import { useAccuracyReport, useScenarioTitles } from "./queries";
import { figureOf, formatInterval, formatShare } from "./share";
import { TrendChart } from "./TrendChart";

const GROUPINGS: Grouping[] = ["scenario", "camera", "area"];
const CODES = [
  "published_precision",
  "confirmed_precision",
  "edge_precision",
  "push_recall",
  "recall",
] as const;

/** Precision and recall of four weeks: in all, by week, and by scenario, camera or area. */
export function ReportView() {
  const { t } = useTranslation("accuracy");
  const [by, setBy] = useState<Grouping>("scenario");
  const { data, error, isPending } = useAccuracyReport(by);
  if (isPending) return <p className="page-message">{t("shared:loading")}</p>;
  if (!data) return <p className="page-message">{errorMessage(error)}</p>;
  return (
    <section className="report" aria-label={t("view.report")}>
      <p className="muted">{t("report.hint")}</p>
      <Totals report={data} />
      <TrendChart weeks={data.weeks} />
      <Segmented
        value={by}
        options={GROUPINGS.map((name) => ({ value: name, label: t(`by.${name}`) }))}
        onChange={setBy}
      />
      <div className="table-scroll">
        <table>
          <thead>
            <tr>
              <th>{t(`by.${by}`)}</th>
              <th>{t("report.incidents")}</th>
              {CODES.map((code) => (
                <th key={code}>{t(`code.${code}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <Row key={row.key} row={row} by={by} />
            ))}
          </tbody>
        </table>
      </div>
      {data.rows.length === 0 && <p className="page-message">{t("report.empty")}</p>}
    </section>
  );
}

function Row({ row, by }: { row: AccuracyRow; by: Grouping }) {
  const { t } = useTranslation("accuracy");
  const title = useScenarioTitles().get(row.key);
  return (
    <tr data-key={row.key}>
      <th scope="row">{by === "scenario" && title ? localize(title) : row.key}</th>
      <td>
        {row.incidents}
        <small className="muted">{t("report.audited", { n: row.audited })}</small>
      </td>
      {CODES.map((code) => (
        <FigureCell key={code} figure={figureOf(row.figures, code)} />
      ))}
    </tr>
  );
}

/** The figures of all incidents, each with what it means. */
function Totals({ report }: { report: AccuracyReport }) {
  const { t } = useTranslation("accuracy");
  const { total, agreement, drawn } = report;
  return (
    <dl className="totals">
      {CODES.map((code) => (
        <Total key={code} code={code} row={total} />
      ))}
      <div>
        <dt>{t("audits")}</dt>
        <dd>
          {total.audited}/{drawn}
        </dd>
        <dd className="muted">{t("audits.means")}</dd>
      </div>
      <div>
        <dt>{t("kappa")}</dt>
        <dd>{agreement.kappa === null ? "–" : agreement.kappa.toFixed(2)}</dd>
        {agreement.kappa !== null && (
          <dd className="muted">
            {t("kappa.means", { low: agreement.low.toFixed(2), high: agreement.high.toFixed(2), n: agreement.n })}
          </dd>
        )}
      </div>
    </dl>
  );
}

function Total({ code, row }: { code: (typeof CODES)[number]; row: AccuracyRow }) {
  const { t } = useTranslation("accuracy");
  const figure = figureOf(row.figures, code);
  const estimate = figure?.estimate ?? null;
  return (
    <div data-code={code}>
      <dt>{t(`code.${code}`)}</dt>
      <dd>{estimate === null || !figure ? t("figure.none") : formatShare(estimate)}</dd>
      {estimate !== null && figure && (
        <dd>
          {formatInterval(figure.low, figure.high)}, {figure.hits}/{figure.n}
        </dd>
      )}
      <dd className="muted">{t(`means.${code}`)}</dd>
    </div>
  );
}
