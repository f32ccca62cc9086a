import { afterEach, expect, it, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

it("reads every page of a worker's open orders", async () => {
  const pages = [
    { items: [{ id: "a" }, { id: "b" }], next: "after-b" },
    { items: [{ id: "c" }], next: null },
  ];
  const cursors: (string | null)[] = [];
  vi.stubGlobal("document", { querySelector: () => ({ content: "/" }) });
  vi.stubGlobal("location", { origin: "http://centre.test" });
  vi.stubGlobal("fetch", (request: Request) => {
    cursors.push(new URL(request.url).searchParams.get("cursor"));
    return Promise.resolve(Response.json(pages[cursors.length - 1]));
  });
  const { listMyWorkOrders } = await import("./endpoints");

  const orders = await listMyWorkOrders();

  expect(orders.items.map((order) => order.id)).toEqual(["a", "b", "c"]);
  expect(cursors).toEqual([null, "after-b"]);
});
