/** Take actions on an incident. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { getIncident } from "../../../api/endpoints";
import { OfflineError } from "../../../api/errors";
import { createIdempotencyKey } from "../../../api/idempotencyKey";
import type { IncidentDetail } from "../../../api/types";
import { errorMessage } from "../../../shared/format/errorMessage";
import { localize } from "../../../shared/format/format";
import { useConnection } from "../../../shared/hooks/useConnection";
import type { AvailableAction } from "./actionTable";
import { type ActionInput, sendAction } from "./sendAction";
import { UndoBar } from "./UndoBar";

const UNDO_KEY = "undo";

type SentAction = Pick<AvailableAction, "name" | "option" | "order">;

/**
 * Return a function that takes an action on the displayed incident, and whether one is under way.
 *
 * Each action sends the displayed version, so that the centre refuses it if the incident has
 * changed since. A second action is ignored until the first one has finished. An action without a
 * connection is refused: a desk never decides later about what it has seen earlier.
 */
export function useIncidentActions(incident: IncidentDetail) {
  const { t } = useTranslation("actions");
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const connection = useConnection();
  const showUndo = useUndoBar();
  const isRunning = useRef(false);
  const { mutate, isPending } = useMutation({
    mutationFn: ({ action, input, key }: { action: SentAction; input: ActionInput; key: string }) =>
      sendAction(action, incident, input, key),
    retry: false,
    onSuccess: (changed, { action }) => {
      const undo = changed?.action_options.find((option) => option.action === "undo");
      if (changed && undo?.within_s) showUndo(action.name, changed, undo.within_s);
      else void message.success(t(`${action.name}.done`));
    },
    onError: (error) =>
      void message.error(error instanceof OfflineError ? t("unanswered") : errorMessage(error), ERROR_SECONDS),
    onSettled: async () => {
      isRunning.current = false;
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["incident", incident.id] }),
        queryClient.invalidateQueries({ queryKey: ["incidents"] }),
      ]);
    },
  });
  const run = (action: SentAction, input: ActionInput = {}): void => {
    if (isRunning.current) return;
    if (connection.state === "off") {
      void message.error(t("refused_offline"), ERROR_SECONDS);
      return;
    }
    isRunning.current = true;
    mutate({ action, input, key: createIdempotencyKey() });
  };
  return { run, isPending };
}

const ERROR_SECONDS = 6;

/** Return a function that shows the bar which takes a review back; it stays while other incidents are opened. */
function useUndoBar() {
  const { t } = useTranslation("actions");
  const { message, notification } = App.useApp();
  const queryClient = useQueryClient();
  const undo = async ({ id }: IncidentDetail): Promise<void> => {
    notification.destroy(UNDO_KEY);
    try {
      const current = await getIncident(id); // its dispatch has changed the version since
      const option = current.action_options.find(({ action }) => action === "undo");
      if (!option) {
        void message.error(t("undo.too_late"), ERROR_SECONDS);
        return;
      }
      await sendAction({ name: "undo", option, order: undefined }, current, {}, createIdempotencyKey());
      void message.success(t("undo.done"));
    } catch (error) {
      void message.error(error instanceof OfflineError ? t("unanswered") : errorMessage(error), ERROR_SECONDS);
    }
    await queryClient.invalidateQueries({ queryKey: ["incident", id] });
    await queryClient.invalidateQueries({ queryKey: ["incidents"] });
  };
  return (name: string, incident: IncidentDetail, withinS: number): void =>
    notification.open({
      key: UNDO_KEY,
      placement: matchMedia("(max-width: 760px)").matches ? "top" : "bottom",
      duration: withinS,
      pauseOnHover: false,
      showProgress: true,
      title: (
        <UndoBar
          text={`${t(`${name}.done`)}: ${localize(incident.title)} · ${incident.names.camera || incident.names.node}`}
          withinS={withinS}
          undo={() => void undo(incident)}
        />
      ),
    });
}
