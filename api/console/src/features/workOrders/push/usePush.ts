import { useCallback, useEffect, useState } from "react";

import { enablePush, type PushState, readPushState, renewPush } from "./subscription";

/** Return whether notifications arrive while the page is closed, and a function that enables them. */
export function usePush(account: string) {
  const [state, setState] = useState<PushState | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = useCallback(async () => setState(await readPushState()), []);
  useEffect(() => {
    const keepUp = async (): Promise<void> => {
      const current = await readPushState();
      // The browser or the centre may have renewed its keys since the last visit.
      if (current === "on") await renewPush().catch(() => undefined);
      setState(current);
    };
    void keepUp();
  }, []);
  const enable = async (): Promise<void> => {
    try {
      await enablePush(account);
      setError(null);
    } catch (failure) {
      setError(failure);
    }
    await read();
  };
  return { state, error, enable };
}
