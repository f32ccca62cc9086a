/** Send an action to the centre. */
import { actOnIncident, requestHelp, verifyWorkOrder } from "../../../api/endpoints";
import type { Action, IncidentDetail, Level } from "../../../api/types";
import type { AvailableAction } from "./actionTable";

/** A person, or those on duty in an area. */
export type Addressee = { account: string } | { area: string };

/** What a person has entered; an action uses what it needs. */
export interface ActionInput {
  /** A code or a text. */
  reason?: string;
  addressee?: Addressee;
  /** The incident to merge into. */
  incident?: string;
  level?: Level;
  /** Until when, ISO 8601. */
  end?: string;
  /** How long the camera and scenario call nobody. */
  suppressForS?: number;
}

type Send = (incident: IncidentDetail, input: ActionInput, key: string) => Promise<IncidentDetail>;

const reasonOf = ({ reason = "" }: ActionInput): { reason: string } => ({ reason });
const addresseeOf = ({ addressee }: ActionInput): Addressee => addressee ?? { account: "" };

const ON_INCIDENT: Partial<Record<Action, Send>> = {
  confirm: ({ id, version }, _, key) =>
    actOnIncident("/v1/incidents/{incident}/confirm", id, { version, reason: "" }, key),
  reject: ({ id, version }, input, key) => {
    const body = { version, ...reasonOf(input), suppress_for_s: input.suppressForS ?? null };
    return actOnIncident("/v1/incidents/{incident}/reject", id, body, key);
  },
  undo: ({ id, version }, _, key) => actOnIncident("/v1/incidents/{incident}/undo", id, { version }, key),
  dispatch: ({ id, version }, input, key) => {
    const body = { version, to: addresseeOf(input), ...reasonOf(input) };
    return actOnIncident("/v1/incidents/{incident}/dispatch", id, body, key);
  },
  reassign: ({ id, version }, input, key) => {
    const body = { version, to: addresseeOf(input), ...reasonOf(input) };
    return actOnIncident("/v1/incidents/{incident}/reassign", id, body, key);
  },
  recall: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/recall", id, { version, to: "duty", ...reasonOf(input) }, key),
  recall_to_desk: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/recall", id, { version, to: "desk", ...reasonOf(input) }, key),
  add_colleague: ({ id, version }, { addressee, reason = "" }, key) => {
    const account = addressee && "account" in addressee ? addressee.account : "";
    return actOnIncident("/v1/incidents/{incident}/colleagues", id, { version, account, reason }, key);
  },
  change_level: ({ id, version, level }, input, key) => {
    const body = { version, level: input.level ?? level, ...reasonOf(input) };
    return actOnIncident("/v1/incidents/{incident}/level", id, body, key);
  },
  note: ({ id }, { reason = "" }, key) => actOnIncident("/v1/incidents/{incident}/notes", id, { text: reason }, key),
  suspend: ({ id, version }, input, key) => {
    const body = { version, until: input.end ?? "", ...reasonOf(input) };
    return actOnIncident("/v1/incidents/{incident}/suspend", id, body, key);
  },
  resume: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/resume", id, { version, ...reasonOf(input) }, key),
  propose_cancel: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/propose-cancel", id, { version, ...reasonOf(input) }, key),
  cancel: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/cancel", id, { version, ...reasonOf(input) }, key),
  reopen: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/reopen", id, { version, ...reasonOf(input) }, key),
  merge: ({ id, version }, input, key) => {
    const body = { version, into: input.incident ?? "", ...reasonOf(input) };
    return actOnIncident("/v1/incidents/{incident}/merge", id, body, key);
  },
  split: ({ id, version }, input, key) =>
    actOnIncident("/v1/incidents/{incident}/split", id, { version, ...reasonOf(input) }, key),
};

/**
 * Send an action on the displayed version of an incident or of its order.
 *
 * Returns the incident after the action, `null` if the answer does not contain it.
 */
export async function sendAction(
  action: Pick<AvailableAction, "name" | "option" | "order">,
  incident: IncidentDetail,
  input: ActionInput,
  key: string,
): Promise<IncidentDetail | null> {
  const { name, order, option } = action;
  if (order && name === "request_help") {
    await requestHelp(order.id, { version: order.version, to: addresseeOf(input), ...reasonOf(input) }, key);
    return null;
  }
  if (order && (name === "verify" || name === "rework")) {
    const acceptsWarning = option.warnings.includes("still_firing");
    const result = { passed: name === "verify", ...reasonOf(input), confirm_still_firing: acceptsWarning };
    await verifyWorkOrder(order.id, { version: order.version, ...result }, key);
    return null;
  }
  return (await ON_INCIDENT[name]?.(incident, input, key)) ?? null;
}
