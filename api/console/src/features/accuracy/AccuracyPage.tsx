import { Segmented } from "antd";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import "./accuracy.css";
import { AuditQueue } from "./AuditQueue";
import { CalibrationView } from "./CalibrationView";
import { LoadView } from "./LoadView";
import { ReportView } from "./ReportView";
import { ScorecardView } from "./ScorecardView";

const VIEWS = {
  report: ReportView,
  calibration: CalibrationView,
  scorecards: ScorecardView,
  load: LoadView,
  audit: AuditQueue,
} as const satisfies Record<string, ComponentType>;
type View = keyof typeof VIEWS;

/** How often alerts are right, what to improve first, and the blind audit that measures it. */
export function AccuracyPage() {
  const { t } = useTranslation("accuracy");
  const navigate = useNavigate();
  const { view = "report" } = useParams();
  const shown: View = view in VIEWS ? (view as View) : "report";
  const Shown = VIEWS[shown];
  return (
    <main className="accuracy">
      <header>
        <h1>{t("title")}</h1>
        <Segmented
          value={shown}
          options={Object.keys(VIEWS).map((name) => ({ value: name as View, label: t(`view.${name}`) }))}
          onChange={(name) => void navigate(`/accuracy/${name}`)}
        />
      </header>
      <Shown />
    </main>
  );
}
