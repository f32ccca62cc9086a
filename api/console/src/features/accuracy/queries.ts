/** Requests of the accuracy page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";

import {
  applyProposal,
  getAccuracyReport,
  getAlarmLoad,
  getAuditQueue,
  judgeIncident,
  listCalibrations,
  listScenarios,
  listScorecards,
  listScoredSources,
  listThresholdOptions,
  listThresholds,
  type RestartRequest,
  startCameraAnew,
  undoAudit,
} from "../../api/endpoints";
import { OfflineError } from "../../api/errors";
import type { AuditQueue, AuditVerdict, Grouping } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { useConnection } from "../../shared/hooks/useConnection";

const POLL_MS = 60_000;
const KEY = ["accuracy"];
const AUDIT_KEY = [...KEY, "audit"];

/** Precision and recall of four weeks. */
export function useAccuracyReport(by: Grouping) {
  return useQuery({
    queryKey: [...KEY, "report", by],
    queryFn: () => getAccuracyReport(by),
    placeholderData: (last) => last,
  });
}

/** The alarms that operators got in four weeks. */
export function useAlarmLoad() {
  return useQuery({ queryKey: [...KEY, "load"], queryFn: getAlarmLoad });
}

/** The calibration in force and the newest one of each scenario. */
export function useCalibrations() {
  return useQuery({ queryKey: [...KEY, "calibrations"], queryFn: listCalibrations });
}

/** The thresholds in force of each scenario. */
export function useThresholds() {
  return useQuery({ queryKey: [...KEY, "thresholds"], queryFn: listThresholds });
}

/** What each threshold of a scenario would cost. */
export function useThresholdOptions(scenario: string) {
  return useQuery({ queryKey: [...KEY, "thresholds", scenario], queryFn: () => listThresholdOptions(scenario) });
}

/** Cameras with their scenarios, those whose scores have changed first. */
export function useScoredSources() {
  return useQuery({ queryKey: [...KEY, "sources"], queryFn: listScoredSources });
}

/** How each camera, scenario and model is doing. */
export function useScorecards() {
  return useQuery({ queryKey: [...KEY, "scorecards"], queryFn: listScorecards });
}

/** The next incident to judge, and how many wait. */
export function useAuditQueue() {
  return useQuery({ queryKey: AUDIT_KEY, queryFn: getAuditQueue, refetchInterval: POLL_MS });
}

/** Return functions that judge an incident and take a verdict back. */
export function useJudge() {
  const queryClient = useQueryClient();
  const { send, isPending } = useAction<AuditQueue>((queue) => queryClient.setQueryData(AUDIT_KEY, queue), AUDIT_KEY);
  return {
    isPending,
    judge: (incident: string, verdict: AuditVerdict, done: () => void): void =>
      send(async () => {
        const queue = await judgeIncident(incident, verdict);
        done();
        return queue;
      }),
    undo: (incident: string, done: () => void): void =>
      send(async () => {
        const queue = await undoAudit(incident);
        done();
        return queue;
      }),
  };
}

/** Return a function that starts a camera anew: its verdicts so far no longer count. */
export function useRestart() {
  const { t } = useTranslation("accuracy");
  const { message } = App.useApp();
  const { send, isPending } = useAction(() => void message.success(t("drift.restarted")), KEY);
  return { isPending, restart: (request: RestartRequest): void => send(() => startCameraAnew(request)) };
}

/** Return a function that applies a proposed region as a suppression. */
export function useApplyProposal() {
  const { t } = useTranslation("accuracy");
  const { message } = App.useApp();
  const { send, isPending } = useAction(() => void message.success(t("cards.applied")), KEY);
  return { isPending, apply: (incident: string): void => send(() => applyProposal(incident)) };
}

/** Return the title of each scenario, by its key. */
export function useScenarioTitles() {
  const { data } = useQuery({
    queryKey: ["scenarios"],
    queryFn: async () => (await listScenarios()).items,
    staleTime: Infinity,
  });
  return new Map(data?.map(({ key, title }) => [key, title]));
}

/**
 * Return a function that sends one change at a time; without a connection it is refused.
 *
 * After a failure what is below `key` is read again, since the change may have been made.
 */
function useAction<Answer = unknown>(done: (answer: Answer) => void, key: string[]) {
  const { t } = useTranslation("accuracy");
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const connection = useConnection();
  const { mutate, isPending } = useMutation({
    mutationFn: (request: () => Promise<Answer>) => request(),
    retry: false,
    onSuccess: done,
    onError: (error) => {
      void message.error(error instanceof OfflineError ? t("unanswered") : errorMessage(error));
      void queryClient.invalidateQueries({ queryKey: key });
    },
  });
  const send = (request: () => Promise<Answer>): void => {
    if (connection.state === "off") void message.error(t("refused_offline"));
    else if (!isPending) mutate(request);
  };
  return { send, isPending };
}
