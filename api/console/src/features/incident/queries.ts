/** Requests of the incident page. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { getDutyOfArea, getIncident, getReachability, listIncidents } from "../../api/endpoints";
import type { IncidentDetail, Reach } from "../../api/types";
import { nearestFirst } from "./nearestFirst";

/** Maximum age of the incident while the event stream is disconnected. */
const POLL_MS = 15_000;

/** The most urgent ones of the district are compared. */
const MAX_COMPARED = 200;
const DISTRICT_DIGITS = 6;
/** The workers of a grid know its micro-grids. */
const GRID_DIGITS = 15;

/** A dialog offers so many incidents to merge into. */
const MAX_NEIGHBOURS = 12;

export function useIncident(id: string) {
  return useQuery({ queryKey: ["incident", id], queryFn: () => getIncident(id), refetchInterval: POLL_MS });
}

/** Return a function that loads incidents before they are opened. */
export function usePrefetchIncidents(): (ids: string[]) => void {
  const queryClient = useQueryClient();
  return useCallback(
    (ids) => {
      for (const id of ids) {
        void queryClient.prefetchQuery({ queryKey: ["incident", id], queryFn: () => getIncident(id), retry: false });
      }
    },
    [queryClient],
  );
}

/** List who is on duty for an area, level by level; idle without an area. */
export function useDuty(area: string | undefined) {
  return useQuery({
    queryKey: ["duty", area],
    queryFn: () => getDutyOfArea(area ?? ""),
    enabled: area !== undefined,
  });
}

/** Return who of those on duty around an area can be reached now, by account; `undefined` until it is known. */
export function useReachability(area: string | undefined): Map<string, Reach> | undefined {
  const grid = area?.slice(0, GRID_DIGITS);
  return useQuery({
    queryKey: ["reachability", grid],
    queryFn: async () => {
      const { people } = await getReachability(grid ?? "");
      return new Map(people.map((person) => [person.account, person]));
    },
    enabled: grid !== undefined,
  }).data;
}

/** List open incidents that may be the same matter: the suggestions of the centre first, then the nearest. */
export function useNeighbours(incident: IncidentDetail) {
  return useQuery({
    queryKey: ["incidents", "neighbours", incident.id],
    queryFn: async () => {
      const area = incident.area?.code.slice(0, DISTRICT_DIGITS);
      const { items } = await listIncidents({ view: "queue", limit: MAX_COMPARED, ...(area && { area }) });
      return nearestFirst(incident, items).slice(0, MAX_NEIGHBOURS);
    },
  });
}
