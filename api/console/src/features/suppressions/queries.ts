/** Requests of the suppressions page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";

import {
  addSuppression,
  endSuppression,
  listCameras,
  listScenarios,
  listSuppressions,
  type SuppressionRequest,
} from "../../api/endpoints";
import { OfflineError } from "../../api/errors";
import { createIdempotencyKey } from "../../api/idempotencyKey";
import { errorMessage } from "../../shared/format/errorMessage";
import { useConnection } from "../../shared/hooks/useConnection";

const POLL_MS = 15_000;
const KEY = ["suppressions"];

/** List suppressions; with `ended` also those that have ended. */
export function useSuppressions(ended: boolean) {
  return useQuery({ queryKey: [...KEY, ended], queryFn: () => listSuppressions(ended), refetchInterval: POLL_MS });
}

/** List what a suppression can name. */
export function useTargets() {
  const scenarios = useQuery({
    queryKey: ["scenarios"],
    queryFn: async () => (await listScenarios()).items,
    staleTime: Infinity,
  });
  const cameras = useQuery({ queryKey: ["cameras"], queryFn: listCameras });
  return { scenarios: scenarios.data ?? [], cameras: cameras.data?.items ?? [] };
}

/** Return functions that add and end a suppression; each is refused while there is no connection. */
export function useSuppressionActions() {
  const { t } = useTranslation("suppressions");
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const connection = useConnection();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ send }: { send: () => Promise<unknown>; done: () => void }) => send(),
    retry: false,
    onSuccess: (_, { done }) => done(),
    onError: (error) => void message.error(error instanceof OfflineError ? t("unanswered") : errorMessage(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  const run = (send: () => Promise<unknown>, done: () => void): void => {
    if (connection.state === "off") void message.error(t("refused_offline"));
    else mutate({ send, done });
  };
  return {
    isPending,
    add: (request: SuppressionRequest, done: () => void): void => {
      const key = createIdempotencyKey();
      run(() => addSuppression(request, key), done);
    },
    end: (id: string): void => run(() => endSuppression(id), () => void message.success(t("ended"))),
  };
}
