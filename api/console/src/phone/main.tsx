/** The worker's page: everything is put together here. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { useAccount, useLogout } from "../features/login/account";
import { LoginGate } from "../features/login/gate";
import { OrdersPage } from "../features/orders/page";
import { newQueries } from "../parts/queries";
import "../parts/parts.css";
import { speak } from "../words/words";
import { keepAnswers } from "./kept";
import { words } from "./words";

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
