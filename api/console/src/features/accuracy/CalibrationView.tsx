import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CalibrationVersion, ScenarioThresholds } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatPercent, formatTime, localize } from "../../shared/format/format";
import { useNow } from "../../shared/hooks/useNow";
import { DriftTable } from "./DriftTable";
import { useCalibrations, useThresholdOptions, useThresholds } from "./queries";
import { ReliabilityDiagram } from "./ReliabilityDiagram";
import { formatShare } from "./share";

/** How probabilities are made of scores: thresholds, what they cost, reliability and drift. */
export function CalibrationView() {
  const { t } = useTranslation("accuracy");
  const [chosen, setChosen] = useState<string | null>(null);
  const thresholds = useThresholds();
  const calibrations = useCalibrations();
  if (thresholds.isPending || calibrations.isPending) return <p className="page-message">{t("shared:loading")}</p>;
  if (!thresholds.data) return <p className="page-message">{errorMessage(thresholds.error)}</p>;
  const scenarios = thresholds.data.items;
  const selected = scenarios.find(({ scenario }) => scenario === chosen) ?? scenarios[0];
  if (!selected) return <p className="page-message">{t("report.empty")}</p>;
  const versions = calibrations.data?.items.filter(({ scenario }) => scenario === selected.scenario) ?? [];
  return (
    <section className="calibration">
      <Select
        value={selected.scenario}
        options={scenarios.map(({ scenario, title }) => ({ value: scenario, label: localize(title) }))}
        onChange={setChosen}
        aria-label={t("by.scenario")}
      />
      <div className="calibration-scenario">
        <ThresholdsInForce thresholds={selected} />
        {versions.map((version) => (
          <Calibration key={version.version} calibration={version} />
        ))}
        {versions.length === 0 && <p className="muted">{t("calibration.none")}</p>}
      </div>
      <ThresholdCosts scenario={selected.scenario} />
      <DriftTable />
    </section>
  );
}

function ThresholdsInForce({ thresholds }: { thresholds: ScenarioThresholds }) {
  const { t } = useTranslation("accuracy");
  const { push, low, target_precision: target, min_recall: minRecall } = thresholds;
  return (
    <div>
      <h2>{t("thresholds")}</h2>
      <ul>
        <li>{push < 1 ? t("thresholds.push", { from: formatPercent(push) }) : t("thresholds.no_push")}</li>
        <li>
          {thresholds.is_life_and_limb ? t("thresholds.life") : t("thresholds.low", { below: formatPercent(low) })}
        </li>
        <li className="muted">
          {thresholds.version === null
            ? t("thresholds.default")
            : t("thresholds.promise", { target: formatShare(target ?? 0), n: thresholds.n })}
        </li>
        <li className="muted">
          {t("thresholds.promised", {
            precision: formatShare(thresholds.promised_precision),
            recall: formatShare(thresholds.promised_recall),
          })}
        </li>
        {minRecall !== null && <li className="muted">{t("thresholds.floor", { recall: formatShare(minRecall) })}</li>}
        {thresholds.reason && <li className="muted">{t(`threshold_reason.${thresholds.reason}`)}</li>}
      </ul>
    </div>
  );
}

function Calibration({ calibration }: { calibration: CalibrationVersion }) {
  const { t } = useTranslation("accuracy");
  const now = useNow();
  const { comparison, n, version } = calibration;
  return (
    <figure className="calibration-version">
      <figcaption>
        {t(calibration.is_in_force ? "calibration.in_force" : "calibration.newest", { version, n })}
        <small className="muted">
          {formatTime(calibration.fitted_at, now)} · {t(`ship_reason.${calibration.reason}`)}
          {comparison.brier_new !== null &&
            ` · Brier ${comparison.brier_old?.toFixed(3) ?? "–"} → ${comparison.brier_new.toFixed(3)}`}
        </small>
      </figcaption>
      <ReliabilityDiagram bins={calibration.reliability} />
      <small className="muted">{t("reliability.axes")}</small>
    </figure>
  );
}

/** What each threshold for a push would have done with the audited incidents. */
function ThresholdCosts({ scenario }: { scenario: string }) {
  const { t } = useTranslation("accuracy");
  const { data } = useThresholdOptions(scenario);
  if (!data || data.n === 0) return null;
  return (
    <div className="table-scroll">
      <h2>{t("costs", { n: data.n })}</h2>
      <table>
        <thead>
          <tr>
            <th>{t("costs.push")}</th>
            <th>{t("costs.audited")}</th>
            <th>{t("costs.precision")}</th>
            <th>{t("code.push_recall")}</th>
            <th>{t("costs.pushed")}</th>
            <th>{t("costs.reviewed")}</th>
          </tr>
        </thead>
        <tbody>
          {data.options.map((option) => (
            <tr key={option.push} className={option.push === data.push ? "chosen" : ""}>
              <th scope="row">{formatShare(option.push)}</th>
              <td>
                {option.n_true}/{option.n}
              </td>
              <td>≥ {formatShare(option.precision_bound)}</td>
              <td>{option.recall === null ? "–" : formatShare(option.recall)}</td>
              <td>{option.pushed_per_hour.toFixed(2)}</td>
              <td>{option.reviewed_per_hour.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
