/** Entry point of the worker's page. */
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { BASE_PATH } from "../api/basePath";
import { createQueryClient } from "../api/queryClient";
import { ChannelSettings } from "../features/channels/ChannelSettings";
import { LoginEnding } from "../features/login/LoginEnding";
import { LoginGate } from "../features/login/LoginGate";
import { OwnAccount } from "../features/login/OwnAccount";
import { useAccount, useLogout } from "../features/login/useAccount";
import { WorkOrdersPage } from "../features/workOrders/WorkOrdersPage";
import { initI18n } from "../shared/i18n/i18n";
import "../shared/ui/base.css";
import { messages } from "./messages";
import { persistQueries } from "./persistQueries";

initI18n(messages);
followSystemTheme();
const queryClient = createQueryClient();
persistQueries(queryClient);

/** Use the theme of the phone, which may change it with the time of day. */
function followSystemTheme(): void {
  const light = matchMedia("(prefers-color-scheme: light)");
  const apply = (): void => {
    document.documentElement.dataset["theme"] = light.matches ? "light" : "dark";
  };
  apply();
  light.addEventListener("change", apply);
}

function WorkerPage() {
  const account = useAccount();
  const logout = useLogout();
  return (
    <WorkOrdersPage
      account={account.name}
      logout={() => logout.mutate()}
      banner={<LoginEnding />}
      settings={
        <>
          <ChannelSettings account={account.name} />
          <OwnAccount />
        </>
      }
    />
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LoginGate page="phone">
        <WorkerPage />
      </LoginGate>
    </QueryClientProvider>
  </StrictMode>,
);

void navigator.serviceWorker?.register(`${BASE_PATH}phone-worker.js`, { scope: `${BASE_PATH}phone` });
