/** The operator's console: everything is put together here. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { LoginGate } from "../features/login/gate";
import { newQueries } from "../parts/queries";
import "../parts/parts.css";
import { speak } from "../words/words";
import "./app.css";
import { router } from "./routes";
import { words } from "./words";

speak(words);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={newQueries()}>
      <LoginGate page="desk">
        <RouterProvider router={router} />
      </LoginGate>
    </QueryClientProvider>
  </StrictMode>,
);
