/** Work orders as they are expected to be once everything that the worker did has been sent. */
import type { WorkOrder } from "../../../api/types";
import type { Job, OutboxState } from "./outbox";

/**
 * Replace the orders of a list by newer answers of the centre, and leave out those that have ended.
 *
 * A list may have been read before an action and arrive after it.
 */
export function withAnswers(orders: WorkOrder[], sent: OutboxState["sent"]): WorkOrder[] {
  return orders
    .map((order) => {
      const answer = sent.get(order.id);
      return answer && answer.version > order.version ? answer : order;
    })
    .filter(({ closed_at: closedAt }) => closedAt === null);
}

/** Return what the worker may do after the actions that are not sent yet, as the centre has announced it. */
export function nextActions(order: WorkOrder, pending: Job[]): WorkOrder["actions"] {
  const mine = pending.filter((job) => job.order === order.id);
  const last = mine.at(-1);
  return last ? (order.follow_ups[last.action.action] ?? []) : order.actions;
}
