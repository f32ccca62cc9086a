import { describe, expect, it } from "vitest";

import type { Action, ActionOption, WorkOrderItem } from "../../../api/types";
import { availableActions, fieldsOf, needsDialog } from "./actionTable";

const option = (action: Action, changes: Partial<ActionOption> = {}): ActionOption => ({
  action,
  needs_reason: false,
  reasons: [],
  needs_photo: false,
  max_days: null,
  suppress_for_s: [],
  addressees: [],
  levels: [],
  verdicts: [],
  warnings: [],
  within_s: null,
  ...changes,
});

const order = (...actions: Action[]) => ({ action_options: actions.map((name) => option(name)) }) as WorkOrderItem;

const namesOf = (incidentActions: Action[], ...orders: WorkOrderItem[]) =>
  availableActions({ action_options: incidentActions.map((name) => option(name)), orders }).map(({ name }) => name);

describe("availableActions", () => {
  it("lists what the centre allows, the usual ones first, whatever their order", () => {
    expect(namesOf(["note", "reject", "confirm"])).toEqual(["confirm", "reject", "note"]);
  });

  it("leaves undo to its bar and knows nothing of actions of phones", () => {
    expect(namesOf(["undo", "accept"])).toEqual([]);
  });

  it("takes the actions of an order from the order that allows them", () => {
    const [old, current] = [order(), order("verify", "rework")];
    const actions = availableActions({ action_options: [], orders: [old, current] });

    expect(actions.map(({ name, order: of }) => [name, of === current])).toEqual([
      ["verify", true],
      ["rework", true],
    ]);
  });

  it.each([
    [["confirm", "reject", "dispatch", "merge", "change_level", "suspend", "propose_cancel", "note"]],
    [["reject", "reassign", "recall", "recall_to_desk", "add_colleague", "merge", "change_level", "suspend", "note"]],
    [["cancel", "resume", "merge", "note"]],
    [["split"]],
    [["reopen", "note"]],
  ] as Action[][][])("gives each of %j a key of its own", (names) => {
    const keys = availableActions({
      action_options: names.map((name) => option(name)),
      orders: [order("verify", "rework", "request_help")],
    }).map(({ hotkey }) => hotkey);

    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("fieldsOf", () => {
  it.each([
    ["dispatch", { addressees: ["account", "area"] }, ["addressee"]],
    ["merge", { addressees: ["incident"], needs_reason: true }, ["incident", "reason"]],
    ["suspend", { max_days: 30, needs_reason: true }, ["end", "reason"]],
    ["change_level", { levels: ["major"], needs_reason: true }, ["level", "reason"]],
    ["confirm", {}, []],
  ] as [Action, Partial<ActionOption>, string[]][])("asks for what %s needs", (name, needs, fields) => {
    expect(fieldsOf(option(name, needs))).toEqual(fields);
  });
});

describe("needsDialog", () => {
  const ask = (name: Action, needs: Partial<ActionOption> = {}) =>
    needsDialog({ name, hotkey: "", isMain: true, order: undefined, option: option(name, needs) });

  it("is not needed where nothing has to be entered", () => {
    expect([ask("confirm"), ask("verify"), ask("resume")]).toEqual([false, false, false]);
  });

  it("shows a warning, and the proposal that is agreed to", () => {
    expect([ask("verify", { warnings: ["still_firing"] }), ask("cancel")]).toEqual([true, true]);
  });
});
