/** The six steps of the loop, and where an incident stands in it: pure. */
import type { HistoryItem, IncidentState } from "../../api/types";

export const LOOP = ["reported", "assigned", "handled", "verified", "archived", "rated"] as const;
export type LoopStep = (typeof LOOP)[number];
export type Standing = "done" | "now" | "ahead" | "ended";

/** The step an incident of this state waits in; `LOOP.length` is past the last. */
const WAITS_IN: Record<IncidentState, number> = {
  new: 1,
  stored: 1,
  filed: 1,
  rejected: 1,
  merged: 1,
  cancelled: 1,
  dispatched: 2,
  accepted: 2,
  handling: 2,
  suspended: 2,
  feedback: 3,
  verifying: 3,
  closed: 4,
  archived: 5,
  evaluated: 6,
};

const SIDE_WAYS: IncidentState[] = ["rejected", "merged", "cancelled"];

/** What completes a step: the state that is entered then. */
const COMPLETED_BY: Record<LoopStep, string[]> = {
  reported: ["new", "stored", "filed"],
  assigned: ["dispatched", "rejected", "merged", "cancelled"],
  handled: ["feedback"],
  verified: ["closed"],
  archived: ["archived"],
  rated: ["evaluated"],
};

export interface Placed {
  step: LoopStep;
  standing: Standing;
  /** The line of the history that completed it last; rework completes a step anew. */
  by: HistoryItem | undefined;
}

/** Place an incident in the loop. */
export function placeInLoop(state: IncidentState, history: HistoryItem[]): Placed[] {
  const waits = WAITS_IN[state];
  const isOff = SIDE_WAYS.includes(state);
  return LOOP.map((step, index) => {
    const standing = index < waits ? "done" : index > waits ? "ahead" : isOff ? "ended" : "now";
    const isPast = standing === "done" || standing === "ended";
    return { step, standing, by: isPast ? completionOf(step, history) : undefined };
  });
}

function completionOf(step: LoopStep, history: HistoryItem[]): HistoryItem | undefined {
  const completes = (line: HistoryItem): boolean =>
    line.to_state !== line.from_state && COMPLETED_BY[step].includes(line.to_state ?? "");
  return step === "reported" ? history.find(completes) : history.findLast(completes);
}
