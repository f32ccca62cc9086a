/** The six steps of the closed loop, and where an incident stands in them. Pure. */
import type { IncidentState, TimelineItem } from "../../api/types";

export const WORKFLOW = ["reported", "assigned", "handled", "verified", "archived", "rated"] as const;
export type WorkflowStep = (typeof WORKFLOW)[number];
export type StepStatus = "done" | "current" | "pending" | "ended";

/** Index of the step that an incident in this state waits in; `WORKFLOW.length` is after the last. */
const CURRENT_STEP: Record<IncidentState, number> = {
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

const ENDED_STATES: IncidentState[] = ["rejected", "merged", "cancelled"];

/** The states whose entry completes a step. */
const COMPLETING_STATES: Record<WorkflowStep, string[]> = {
  reported: ["new", "stored", "filed"],
  assigned: ["dispatched", "rejected", "merged", "cancelled"],
  handled: ["feedback"],
  verified: ["closed"],
  archived: ["archived"],
  rated: ["evaluated"],
};

export interface LocatedStep {
  step: WorkflowStep;
  status: StepStatus;
  /** The transition that completed the step, the last one if it was repeated. */
  completion: TimelineItem | undefined;
}

export function locateInWorkflow(state: IncidentState, timeline: TimelineItem[]): LocatedStep[] {
  const current = CURRENT_STEP[state];
  const hasEnded = ENDED_STATES.includes(state);
  return WORKFLOW.map((step, index) => {
    const status = index < current ? "done" : index > current ? "pending" : hasEnded ? "ended" : "current";
    const isCompleted = status === "done" || status === "ended";
    return { step, status, completion: isCompleted ? findCompletion(step, timeline) : undefined };
  });
}

function findCompletion(step: WorkflowStep, timeline: TimelineItem[]): TimelineItem | undefined {
  const isCompletion = (item: TimelineItem): boolean =>
    item.to_state !== item.from_state && COMPLETING_STATES[step].includes(item.to_state ?? "");
  return step === "reported" ? timeline.find(isCompletion) : timeline.findLast(isCompletion);
}
