import { describe, expect, it } from "vitest";

import type { WorkOrder } from "../../../api/types";
import { nextActions, withAnswers } from "./expectedOrders";
import type { Job, WorkOrderAction } from "./outbox";

const order = {
  id: "a",
  version: 2,
  closed_at: null,
  actions: ["start", "return"],
  follow_ups: { start: ["report"], report: [], return: [] },
} as unknown as WorkOrder;

const job = (action: WorkOrderAction["action"], id = "a") => ({ order: id, action: { action } }) as Job;

describe("the expected actions", () => {
  it("are those of the centre while nothing waits", () => {
    expect(nextActions(order, [job("start", "b")])).toEqual(["start", "return"]);
  });

  it("follow from what waits to be sent", () => {
    expect(nextActions(order, [job("start")])).toEqual(["report"]);
    expect(nextActions(order, [job("start"), job("report")])).toEqual([]);
  });
});

describe("the answers of the centre", () => {
  const answer = (version: number, closed = false) =>
    new Map([["a", { ...order, version, closed_at: closed ? "2026-01-01T08:00:00Z" : null }]]);

  it("replace an order of a list that was read before", () => {
    expect(withAnswers([order], answer(3))[0]?.version).toBe(3);
  });

  it("do not replace an order that was read after them", () => {
    expect(withAnswers([order], answer(1))[0]?.version).toBe(2);
  });

  it("take an order off the list that has ended", () => {
    expect(withAnswers([order], answer(3, true))).toEqual([]);
  });
});
