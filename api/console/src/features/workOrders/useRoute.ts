/** What is open on the phone, kept in the history, so that the back button of the phone goes back inside the page. */
import { useSyncExternalStore } from "react";

export interface Route {
  /** The work order that is open; `null` shows the list. */
  order: string | null;
  /** Whether a picture is shown over the page. */
  hasPicture: boolean;
}

const PICTURE = "picture";
const CHANGED = "gridwatch:route";

/** Parse the part of the address after `#`: nothing, `order/ID` or `order/ID/picture`. */
export function parseRoute(hash: string): Route {
  const [, order = null, picture] = /^#order\/([0-9a-f-]+)(?:\/(picture))?$/.exec(hash) ?? [];
  return { order, hasPicture: picture === PICTURE };
}

/** Return the address for a route, the opposite of `parseRoute`. */
export function formatRoute({ order, hasPicture }: Route): string {
  return order ? `#order/${order}${hasPicture ? `/${PICTURE}` : ""}` : "";
}

function subscribe(listener: () => void): () => void {
  const events = ["popstate", "hashchange", CHANGED];
  for (const event of events) addEventListener(event, listener);
  return () => {
    for (const event of events) removeEventListener(event, listener);
  };
}

function go(route: Route, method: "pushState" | "replaceState"): void {
  // The address is complete, since the page has a base address.
  history[method]({ isInside: method === "pushState" }, "", location.pathname + location.search + formatRoute(route));
  dispatchEvent(new Event(CHANGED));
}

/** Return what is open, and functions that open more and go back. */
export function useRoute() {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  const route = parseRoute(hash);
  return {
    ...route,
    openOrder: (order: string): void => go({ order, hasPicture: false }, "pushState"),
    openPicture: (): void => go({ ...route, hasPicture: true }, "pushState"),
    /** Go one step back; from an address that was opened directly, to what lies above it. */
    back: (): void => {
      if ((history.state as { isInside?: boolean } | null)?.isInside) history.back();
      else go({ order: route.hasPicture ? route.order : null, hasPicture: false }, "replaceState");
    },
  };
}
