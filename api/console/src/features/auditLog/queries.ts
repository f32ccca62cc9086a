/** Requests of the audit log. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";

import {
  type AuditLogFilter,
  listAccessFindings,
  listAuditLog,
  readAuditLogState,
  reviewAccessFinding,
} from "../../api/endpoints";
import { errorMessage } from "../../shared/format/errorMessage";

const KEY = ["audit-log"];

export function useAuditLog(filter: AuditLogFilter) {
  return useInfiniteQuery({
    queryKey: [...KEY, "entries", filter],
    queryFn: ({ pageParam }) => listAuditLog({ ...filter, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useAuditLogState() {
  return useQuery({ queryKey: [...KEY, "state"], queryFn: readAuditLogState });
}

export function useAccessFindings() {
  return useQuery({ queryKey: [...KEY, "findings"], queryFn: listAccessFindings, refetchInterval: 60_000 });
}

/** Return a function that records what came of a finding. */
export function useReview() {
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note }: { id: string; note: string }) => reviewAccessFinding(id, note),
    retry: false,
    onError: (error) => void message.error(errorMessage(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}
