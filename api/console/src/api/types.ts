/** The centre's own names for what it sends, out of the generated schema. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "./schema";

type Fetched<Name extends keyof components["schemas"]> = Readable<components["schemas"][Name]>;

export type Text = Fetched<"Text">;
export type Area = Fetched<"Area">;
export type Picture = Fetched<"Picture">;
export type Incident = Fetched<"Incident">;
export type Level = Incident["level"];
export type IncidentState = Incident["state"];
export type IncidentDetail = Fetched<"IncidentDetail">;
export type AlertItem = Fetched<"AlertItem">;
export type Step = Fetched<"Step">;
export type HistoryItem = Fetched<"HistoryItem">;
export type NotificationItem = Fetched<"NotificationItem">;
export type OrderItem = Fetched<"OrderItem">;
export type Order = Fetched<"Order">;
export type FleetNode = Fetched<"Node">;
export type Camera = Fetched<"Camera">;
export type Alarm = Fetched<"Alarm">;
export type Command = Fetched<"Command">;
export type Me = Fetched<"Me">;
/** x, y, width, height: fractions of the frame. */
export type Box = Incident["boxes"][number];
