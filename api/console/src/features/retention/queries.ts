/** Requests about legal holds, erasure requests and exports. */
import { useQuery } from "@tanstack/react-query";

import { listErasureRequests, listLegalHolds } from "../../api/endpoints";
import { useChange } from "../../shared/hooks/useChange";

const KEY = ["retention"];

export function useHolds(ended: boolean) {
  return useQuery({ queryKey: [...KEY, "holds", ended], queryFn: () => listLegalHolds(ended) });
}

export function useRequests(ended: boolean) {
  return useQuery({ queryKey: [...KEY, "requests", ended], queryFn: () => listErasureRequests(ended) });
}

/** Return a function that sends a request once, and reads the lists again. */
export function useSend() {
  const { change, isPending } = useChange(KEY);
  return { isPending, send: change };
}
