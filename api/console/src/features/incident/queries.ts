/** One incident, and the desk's word on it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { confirm, incident, reject, verify } from "../../api/endpoints";
import type { IncidentDetail, OrderItem } from "../../api/types";
import { newKey } from "../../api/idempotencyKey";
import { trouble } from "../../shared/format/errorMessage";

/** How old the page may grow where the stream is cut. */
const POLL_MS = 15_000;

export function useIncident(id: string) {
  return useQuery({ queryKey: ["incident", id], queryFn: () => incident(id), refetchInterval: POLL_MS });
}

/** One thing the person may say; `key` names the try, so a repeat has its effect once. */
type Word = (key: string) => Promise<unknown>;

/** What the desk can say about `shown`; each sends the version it was looking at. */
export function useWords(shown: IncidentDetail) {
  const { t } = useTranslation("incident");
  const { message } = App.useApp();
  const queries = useQueryClient();
  const saying = useRef(false);
  const { mutate, isPending } = useMutation({
    mutationFn: ({ word, key }: { word: Word; key: string }) => word(key),
    onSuccess: () => void message.success(t("done")),
    onError: (error) => void message.error(trouble(error)),
    onSettled: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["incident", shown.id] }),
        queries.invalidateQueries({ queryKey: ["incidents"] }),
      ]);
      saying.current = false;
    },
  });
  const say = (word: Word): void => {
    if (saying.current) return;
    saying.current = true;
    mutate({ word, key: newKey() });
  };
  const { id, version } = shown;
  return {
    isPending,
    confirm: () => say((key) => confirm(id, { version, reason: "" }, key)),
    reject: (reason: string) => say((key) => reject(id, { version, reason }, key)),
    verify: (order: OrderItem, passed: boolean, reason = "") =>
      say((key) => verify(order.id, { version: order.version, passed, reason }, key)),
  };
}
