/** Requests of the incident page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { confirmIncident, getIncident, rejectIncident, verifyWorkOrder } from "../../api/endpoints";
import { createIdempotencyKey } from "../../api/idempotencyKey";
import type { IncidentDetail, WorkOrderItem } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";

/** Maximum age of the incident while the event stream is disconnected. */
const POLL_MS = 15_000;

export function useIncident(id: string) {
  return useQuery({ queryKey: ["incident", id], queryFn: () => getIncident(id), refetchInterval: POLL_MS });
}

/** Sends one action under an idempotency key. */
type Request = (key: string) => Promise<unknown>;

/**
 * Return the actions of an operator on the displayed incident.
 *
 * Each action sends the displayed version, so that the centre refuses it if the incident has
 * changed since. A second action is ignored until the first one has finished.
 */
export function useReviewActions(incident: IncidentDetail) {
  const { t } = useTranslation("incident");
  const { message, modal } = App.useApp();
  const queryClient = useQueryClient();
  const isRunning = useRef(false);
  const { mutate, isPending } = useMutation({
    mutationFn: ({ request, key }: { request: Request; key: string }) => request(key),
    onSuccess: () => void message.success(t("submitted")),
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["incident", incident.id] }),
        queryClient.invalidateQueries({ queryKey: ["incidents"] }),
      ]);
      isRunning.current = false;
    },
  });
  const run = (request: Request): void => {
    if (isRunning.current) return;
    isRunning.current = true;
    mutate({ request, key: createIdempotencyKey() });
  };
  const { id, version } = incident;
  return {
    isPending,
    confirm: () => run((key) => confirmIncident(id, { version, reason: "" }, key)),
    reject: (reason: string) => run((key) => rejectIncident(id, { version, reason }, key)),
    verify: (order: WorkOrderItem, passed: boolean, reason = "") => {
      const send = (isStillFiring: boolean): void => {
        const body = { version: order.version, passed, reason, confirm_still_firing: isStillFiring };
        run((key) => verifyWorkOrder(order.id, body, key));
      };
      if (!passed || !warnsStillFiring(order)) send(false);
      else {
        const [title, content] = [t("still_firing.title"), t("still_firing.detail")];
        const texts = { okText: t("still_firing.close"), cancelText: t("shared:cancel") };
        modal.confirm({ title, content, ...texts, onOk: () => send(true) });
      }
    },
  };
}

/** Return whether the centre refuses to close the order until it is accepted that the camera still sees the matter. */
function warnsStillFiring(order: WorkOrderItem): boolean {
  return order.action_options.some(({ warnings }) => warnings.includes("still_firing"));
}
