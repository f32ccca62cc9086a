/** The operator's console: everything is put together here. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { LoginGate } from "../features/login/LoginGate";
import { newQueries } from "../api/queryClient";
import "../shared/ui/base.css";
import { speak } from "../shared/i18n/i18n";
import "./app.css";
import { router } from "./routes";
import { words } from "./messages";

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
