/** Names for the schemas of the centre's OpenAPI document. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "./schema";

type Schema<Name extends keyof components["schemas"]> = Readable<components["schemas"][Name]>;

export type Account = Schema<"Me">;
export type Role = Account["role"];
export type ManagedAccount = Schema<"ManagedAccount">;
export type LoginSession = Schema<"LoginSession">;
export type InvitationLink = Schema<"InvitationLink">;
export type Text = Schema<"Text">;
export type Area = Schema<"Area">;
export type Picture = Schema<"Picture">;
/** A picture with what it shows. */
export type DetailedPicture = Schema<"DetailedPicture">;
export type PictureContent = Schema<"PictureContent">;
export type PictureObject = Schema<"PictureObject">;
export type Incident = Schema<"Incident">;
/** An incident in a list. */
export type IncidentRow = Schema<"IncidentRow">;
export type Level = Incident["level"];
export type IncidentState = Incident["state"];
export type IncidentDetail = Schema<"IncidentDetail">;
export type Action = Schema<"Action">;
export type ActionOption = Schema<"ActionOption">;
export type Duty = Schema<"Duty">;
export type Reach = Schema<"Reach">;
export type LogEntry = Schema<"LogEntry">;
export type AccessFinding = Schema<"AccessFinding">;
export type LegalHold = Schema<"LegalHold">;
export type ErasureRequest = Schema<"ErasureRequest">;
export type Suppression = Schema<"Suppression">;
export type Related = Schema<"Related">;
export type AlertItem = Schema<"AlertItem">;
export type ExplanationStep = Schema<"Step">;
export type TimelineItem = Schema<"HistoryItem">;
/** A notification to the account of the page. */
export type Notification = Schema<"Notification">;
export type NotificationItem = Schema<"NotificationItem">;
/** What a worker recorded and the centre could not apply. */
export type FieldRecordItem = Schema<"FieldRecordItem">;
/** A work order inside its incident. */
export type WorkOrderItem = Schema<"OrderItem">;
/** A work order together with its incident. */
export type WorkOrder = Schema<"Order">;
/** Who can be reached now. */
export type Reachability = Schema<"Reachability">;
export type ReachablePerson = Schema<"Reach">;
export type ReachChannel = Schema<"ReachChannel">;
/** How a person is reached, in the order in which the channels are tried. */
export type Channels = Schema<"Channels">;
export type ChannelsRequest = Schema<"ChannelsRequest">;
export type LoggedNotification = Schema<"LoggedNotification">;
export type FleetNode = Schema<"Node">;
export type NodeProblem = Schema<"NodeProblem">;
export type Camera = Schema<"Camera">;
export type QuarantinedMessage = Schema<"Quarantined">;
export type FleetAlarm = Schema<"Alarm">;
export type Command = Schema<"Command">;
/** x, y, width, height, as fractions of the frame. */
export type Box = Incident["boxes"][number];
export type AuditIncident = Schema<"AuditIncident">;
export type AuditVerdict = Schema<"AuditVerdict">;
export type AuditQueue = Schema<"AuditQueue">;
/** By what an accuracy report is divided. */
export type Grouping = Schema<"Grouping">;
export type AccuracyReport = Schema<"AccuracyReport">;
export type AccuracyRow = Schema<"AccuracyRow">;
export type AccuracyFigure = Schema<"AccuracyFigure">;
export type AlarmLoad = Schema<"AlarmLoad">;
export type CalibrationVersion = Schema<"CalibrationVersion">;
export type ScenarioThresholds = Schema<"ScenarioThresholds">;
export type ScoredSource = Schema<"ScoredSource">;
export type Scorecard = Schema<"Scorecard">;
export type SourceProposals = Schema<"SourceProposals">;
export type ProposedChange = Schema<"ProposedChange">;
