/** Entry point of the operator's console. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { createQueryClient } from "../api/queryClient";
import { LoginGate } from "../features/login/LoginGate";
import { initI18n } from "../shared/i18n/i18n";
import "../shared/ui/base.css";
import "./app.css";
import { messages } from "./messages";
import { router } from "./routes";

initI18n(messages);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <LoginGate page="console">
        <RouterProvider router={router} />
      </LoginGate>
    </QueryClientProvider>
  </StrictMode>,
);
