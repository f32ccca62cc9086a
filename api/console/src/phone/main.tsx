/** The worker's page: everything is put together here. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { useAccount, useLogout } from "../features/login/useAccount";
import { LoginGate } from "../features/login/LoginGate";
import { OrdersPage } from "../features/workOrders/WorkOrdersPage";
import { newQueries } from "../api/queryClient";
import "../shared/ui/base.css";
import { speak } from "../shared/i18n/i18n";
import { keepAnswers } from "./persistQueries";
import { words } from "./messages";

speak(words);
const queries = newQueries();
keepAnswers(queries);

function Page() {
  const account = useAccount();
  const logout = useLogout();
  return <OrdersPage account={account.name} logout={() => logout.mutate()} />;
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LoginGate page="phone">
        <Page />
      </LoginGate>
    </QueryClientProvider>
  </StrictMode>,
);

void navigator.serviceWorker?.register("/phone-worker.js", { scope: "/phone" });
