/** Routes of the console. Each page is loaded when it is first opened. */
import { createBrowserRouter } from "react-router";

import { BASE_PATH } from "../api/basePath";
import { AppShell } from "./AppShell";
import { StartPage } from "./StartPage";

export const router = createBrowserRouter(
  [
    {
      element: <AppShell />,
      children: [
        { index: true, element: <StartPage /> },
        { path: "queue/:id?", lazy: async () => ({ Component: (await import("./pages")).QueueRoute }) },
        { path: "incidents/:id", lazy: async () => ({ Component: (await import("./pages")).IncidentRoute }) },
        {
          path: "suppressions",
          lazy: async () => ({ Component: (await import("../features/suppressions/SuppressionsPage")).SuppressionsPage }),
        },
        { path: "fleet", lazy: async () => ({ Component: (await import("../features/fleet/FleetPage")).FleetPage }) },
        {
          path: "accuracy/:view?",
          lazy: async () => ({ Component: (await import("../features/accuracy/AccuracyPage")).AccuracyPage }),
        },
        { path: "retention", lazy: async () => ({ Component: (await import("./pages")).RetentionRoute }) },
        {
          path: "audit-log",
          lazy: async () => ({ Component: (await import("../features/auditLog/AuditLogPage")).AuditLogPage }),
        },
        { path: "people", lazy: async () => ({ Component: (await import("./pages")).PeopleRoute }) },
        {
          path: "accounts",
          lazy: async () => ({ Component: (await import("../features/accounts/AccountsPage")).AccountsPage }),
        },
        { path: "account", lazy: async () => ({ Component: (await import("../features/login/OwnAccount")).OwnAccount }) },
        { path: "*", lazy: async () => ({ Component: (await import("./pages")).NotFoundRoute }) },
      ],
    },
  ],
  { basename: BASE_PATH },
);
