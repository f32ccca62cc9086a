/** Which of the allowed actions a page offers, in which order and under which key. */
import type { Action, ActionOption, IncidentDetail, WorkOrderItem } from "../../../api/types";

/** An action that the centre allows now. */
export interface AvailableAction {
  name: Action;
  hotkey: string;
  option: ActionOption;
  /** The work order that it applies to; `undefined` if it applies to the incident. */
  order: WorkOrderItem | undefined;
  /** Shown as a button; the others are in the menu. */
  isMain: boolean;
}

/** Undo has a bar of its own. Dispatch and reassign are never allowed at the same time. */
const TABLE: [name: Action, hotkey: string, isMain: boolean][] = [
  ["verify", "v", true],
  ["rework", "w", true],
  ["confirm", "c", true],
  ["cancel", "x", true],
  ["reject", "r", true],
  ["dispatch", "d", true],
  ["reassign", "d", true],
  ["recall", "t", true],
  ["split", "m", true],
  ["resume", "s", true],
  ["reopen", "o", true],
  ["recall_to_desk", "g", false],
  ["add_colleague", "a", false],
  ["request_help", "h", false],
  ["merge", "m", false],
  ["change_level", "l", false],
  ["suspend", "s", false],
  ["propose_cancel", "x", false],
  ["note", "e", false],
];

/** List what may be done with an incident and its orders, most frequent first. */
export function availableActions({
  action_options: options,
  orders,
}: Pick<IncidentDetail, "action_options" | "orders">): AvailableAction[] {
  const find = (name: Action): Pick<AvailableAction, "option" | "order"> | undefined => {
    const option = options.find(({ action }) => action === name);
    if (option) return { option, order: undefined };
    for (const order of orders) {
      const orderOption = order.action_options.find(({ action }) => action === name);
      if (orderOption) return { option: orderOption, order };
    }
    return undefined;
  };
  return TABLE.flatMap(([name, hotkey, isMain]) => {
    const found = find(name);
    return found ? [{ name, hotkey, isMain, ...found }] : [];
  });
}

/** What a person has to enter before an action can be sent. */
export type Field = "addressee" | "incident" | "level" | "end" | "reason";

/** List the fields of an action, in the order in which they are entered. */
export function fieldsOf({ addressees, levels, max_days, needs_reason }: ActionOption): Field[] {
  const fields: [Field, boolean][] = [
    ["addressee", addressees.some((kind) => kind !== "incident")],
    ["incident", addressees.includes("incident")],
    ["level", levels.length > 0],
    ["end", max_days !== null],
    ["reason", needs_reason],
  ];
  return fields.filter(([, isNeeded]) => isNeeded).map(([field]) => field);
}

/** Return whether an action asks something before it is sent. */
export function needsDialog({ name, option }: AvailableAction): boolean {
  return fieldsOf(option).length > 0 || option.warnings.length > 0 || name === "cancel";
}
