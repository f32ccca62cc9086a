/** Whether the page is connected to the centre. */
import { createContext, useContext } from "react";

import type { ConnectionStatus } from "../../api/useEventStream";

/** Provided by the frame of the page, which follows the event stream. */
export const ConnectionContext = createContext<ConnectionStatus>({ state: "connecting" });

/** Return the state of the connection of the page. */
export function useConnection(): ConnectionStatus {
  return useContext(ConnectionContext);
}
