/** Keys that act, wherever the pointer is. */
import { useEffect, useRef } from "react";

export type Keys = Record<string, () => void>;

/**
 * Call what belongs to a key, by `KeyboardEvent.key`, letters in lower case.
 *
 * Keys typed into a field, and those held with Ctrl, Alt or Meta, belong to the browser;
 * while a dialog is open, only the keys of the dialog act.
 */
export function useKeys(keys: Keys, scope: "page" | "dialog" = "page"): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      if (isTyping(event) || (scope === "page" && isDialogOpen())) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = latest.current[key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", act);
    return () => document.removeEventListener("keydown", act);
  }, [scope]);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  const isField = target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
  return isField || target.isContentEditable || event.ctrlKey || event.metaKey || event.altKey;
}

function isDialogOpen(): boolean {
  return document.querySelector("[role=dialog]:not([aria-hidden=true])") !== null;
}
