/** What the fleet page asks of the centre, and what it lets a person ask of a box. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import { type Ask, alarms, ask, cameras, commands, gaps, giveUp, health, nodes, quarantine } from "../../api/endpoints";
import type { FleetNode } from "../../api/types";
import { newKey } from "../../api/idempotencyKey";
import { trouble } from "../../shared/format/errorMessage";

/** Figures come with health, each half minute, and wake no page. */
const POLL_MS = 15_000;

export const useNodes = () => useQuery({ queryKey: ["nodes"], queryFn: nodes, refetchInterval: POLL_MS });
export const useCameras = () => useQuery({ queryKey: ["cameras"], queryFn: cameras, refetchInterval: POLL_MS });
export const useAlarms = () => useQuery({ queryKey: ["alarms"], queryFn: alarms, refetchInterval: POLL_MS });
export const useCentre = () => useQuery({ queryKey: ["health"], queryFn: health, refetchInterval: POLL_MS });
export const useQuarantine = () =>
  useQuery({ queryKey: ["quarantine"], queryFn: quarantine, refetchInterval: POLL_MS });

/** What a box was asked last; its answers come with the page's one event stream. */
export const useCommands = (node: FleetNode) =>
  useQuery({ queryKey: ["commands", node.name], queryFn: () => commands(node.id), refetchInterval: POLL_MS });

export const useGaps = (node: FleetNode) =>
  useQuery({ queryKey: ["gaps", node.name], queryFn: () => gaps(node.id), refetchInterval: POLL_MS });

/** Ask a box; each call is one try with a key of its own. */
export function useAsk(node: FleetNode) {
  return useDeed(node, (body: Ask) => ask(node.id, body, newKey()));
}

/** Take the missing alerts of a boot for lost. */
export function useGiveUp(node: FleetNode) {
  return useDeed(node, ({ boot, reason }: { boot: string; reason: string }) => giveUp(node.id, boot, { reason }));
}

function useDeed<Given>(node: FleetNode, deed: (given: Given) => Promise<unknown>) {
  const { message } = App.useApp();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onError: (error) => void message.error(trouble(error)),
    onSettled: async () => {
      const old = [["nodes"], ["alarms"], ["commands", node.name], ["gaps", node.name]];
      await Promise.all(old.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}
