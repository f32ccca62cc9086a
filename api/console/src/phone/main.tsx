/** The worker's page: everything is put together here. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { LoginGate } from "../features/login/gate";
import { newQueries } from "../parts/queries";
import "../parts/parts.css";
import { speak } from "../words/words";
import { words } from "./words";

speak(words);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={newQueries()}>
      <LoginGate page="phone">{null}</LoginGate>
    </QueryClientProvider>
  </StrictMode>,
);
