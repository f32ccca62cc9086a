/** The addresses of the console. A page is loaded when it is first asked for. */
import { createBrowserRouter, Navigate } from "react-router";

import { Shell } from "./AppShell";

export const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { index: true, element: <Navigate to="/queue" replace /> },
      { path: "queue/:id?", lazy: async () => ({ Component: (await import("./pages")).Queue }) },
      { path: "incidents/:id", lazy: async () => ({ Component: (await import("./pages")).Incident }) },
      { path: "fleet", lazy: async () => ({ Component: (await import("../features/fleet/FleetPage")).FleetPage }) },
      { path: "*", lazy: async () => ({ Component: (await import("./pages")).Nowhere }) },
    ],
  },
]);
