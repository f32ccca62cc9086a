/** Requests of the fleet page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import {
  type CommandRequest,
  getHealth,
  giveUpSequenceGap,
  listAlarms,
  listCameras,
  listCommands,
  listNodes,
  listQuarantine,
  listSequenceGaps,
  sendCommand,
} from "../../api/endpoints";
import { createIdempotencyKey } from "../../api/idempotencyKey";
import type { FleetNode } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";

/** Health arrives every half minute and is not announced in the event stream. */
const POLL_MS = 15_000;

export const useNodes = () => useQuery({ queryKey: ["nodes"], queryFn: listNodes, refetchInterval: POLL_MS });
export const useCameras = () => useQuery({ queryKey: ["cameras"], queryFn: listCameras, refetchInterval: POLL_MS });
export const useAlarms = () => useQuery({ queryKey: ["alarms"], queryFn: listAlarms, refetchInterval: POLL_MS });
export const useCentreHealth = () => useQuery({ queryKey: ["health"], queryFn: getHealth, refetchInterval: POLL_MS });
export const useQuarantine = () =>
  useQuery({ queryKey: ["quarantine"], queryFn: listQuarantine, refetchInterval: POLL_MS });

/** List the latest commands to a node; replies arrive through the event stream. */
export const useCommands = (node: FleetNode) =>
  useQuery({ queryKey: ["commands", node.name], queryFn: () => listCommands(node.id), refetchInterval: POLL_MS });

export const useSequenceGaps = (node: FleetNode) =>
  useQuery({ queryKey: ["gaps", node.name], queryFn: () => listSequenceGaps(node.id), refetchInterval: POLL_MS });

/** Send a command to a node. */
export function useSendCommand(node: FleetNode) {
  return useNodeMutation(node, (body: CommandRequest) => sendCommand(node.id, body, createIdempotencyKey()));
}

/** Record the missing alerts of a boot as lost. */
export function useGiveUpGap(node: FleetNode) {
  return useNodeMutation(node, ({ bootId, reason }: { bootId: string; reason: string }) =>
    giveUpSequenceGap(node.id, bootId, { reason }),
  );
}

function useNodeMutation<Variables>(node: FleetNode, mutationFn: (variables: Variables) => Promise<unknown>) {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: async () => {
      const staleKeys = [["nodes"], ["alarms"], ["commands", node.name], ["gaps", node.name]];
      await Promise.all(staleKeys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
  });
}
