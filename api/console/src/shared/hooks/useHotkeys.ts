/** Keyboard shortcuts of a page or a dialog. */
import { useEffect, useRef } from "react";

/** Actions by `KeyboardEvent.key`; letters in lower case. */
export type Hotkeys = Record<string, () => void>;

/**
 * Run an action when its key is pressed.
 *
 * Ignored: keys that another hotkey has handled, keys typed into a field, and combinations with
 * Ctrl, Alt or Meta. While a dialog is open, only hotkeys with the scope `dialog` are active.
 */
export function useHotkeys(hotkeys: Hotkeys, scope: "page" | "dialog" = "page"): void {
  const latest = useRef(hotkeys);
  useEffect(() => {
    latest.current = hotkeys;
  });
  useEffect(() => {
    const handleKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTyping(event) || (scope === "page" && isDialogOpen())) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = latest.current[key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", handleKey);
    return () => document.removeEventListener("keydown", handleKey);
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
