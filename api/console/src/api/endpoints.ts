/** One function per request to the centre. */
import { BASE_PATH } from "./basePath";
import { client, unwrap } from "./client";
import { OfflineError, toProblemError } from "./errors";
import type { paths } from "./schema";
import type { ChannelsRequest, Grouping } from "./types";

type Body<P extends keyof paths> = paths[P] extends {
  post: { requestBody: { content: { "application/json": infer B } } };
}
  ? B
  : never;

export type IncidentFilter = NonNullable<paths["/v1/incidents"]["get"]["parameters"]["query"]>;
export type AuditLogFilter = NonNullable<paths["/v1/audit-log"]["get"]["parameters"]["query"]>;
export type Credentials = Body<"/v1/login">;
export type FieldReport = Body<"/v1/orders/{order}/report">;
export type CommandRequest = Body<"/v1/nodes/{node}/commands">;
export type StartRequest = Body<"/v1/orders/{order}/start">;
export type SuppressionRequest = Body<"/v1/suppressions">;
export type RestartRequest = Body<"/v1/accuracy/drift/restart">;

/** The centre applies repeated requests with the same key once. */
const idempotent = (key: string) => ({ headers: { "Idempotency-Key": key } });
const incidentPath = (id: string) => ({ path: { incident: id } });
const orderPath = (id: string) => ({ path: { order: id } });
const nodePath = (id: string) => ({ path: { node: id } });

/** Read every page of a list, so that nothing is missing that a page claims to show. */
async function listAll<Item>(
  readPage: (cursor: string | null) => Promise<{ items: Item[]; next?: string | null }>,
): Promise<{ items: Item[] }> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Item[]; next?: string | null } = await readPage(cursor);
    items.push(...page.items);
    cursor = page.next ?? null;
  } while (cursor !== null);
  return { items };
}

export const getAccount = () => unwrap(client.GET("/v1/me"));
export const login = (body: Credentials) => unwrap(client.POST("/v1/login", { body }));
export const logout = () => client.POST("/v1/logout");

export const changePassword = (body: Body<"/v1/me/password">) => unwrap(client.POST("/v1/me/password", { body }));
export const listMySessions = () => unwrap(client.GET("/v1/me/sessions"));
export const endMySession = (session: string) =>
  unwrap(client.DELETE("/v1/me/sessions/{session}", { params: { path: { session } } }));
export const beginSecondFactor = () => unwrap(client.POST("/v1/me/second-factor"));
export const confirmSecondFactor = (code: string) =>
  unwrap(client.POST("/v1/me/second-factor/confirm", { body: { code } }));
export const removeSecondFactor = (password: string) =>
  unwrap(client.POST("/v1/me/second-factor/remove", { body: { password } }));
export const readInvitation = (token: string) => unwrap(client.POST("/v1/invitations/read", { body: { token } }));
export const acceptInvitation = (body: Body<"/v1/invitations/accept">) =>
  unwrap(client.POST("/v1/invitations/accept", { body }));

export type AccountFilter = NonNullable<paths["/v1/accounts"]["get"]["parameters"]["query"]>;
const accountPath = (account: string) => ({ params: { path: { account } } });
export const listAccounts = (query: AccountFilter) => unwrap(client.GET("/v1/accounts", { params: { query } }));
export const getManagedAccount = (name: string) => unwrap(client.GET("/v1/accounts/{account}", accountPath(name)));
export const createAccount = (body: Body<"/v1/accounts">) => unwrap(client.POST("/v1/accounts", { body }));
export const updateAccount = (
  name: string,
  body: paths["/v1/accounts/{account}"]["patch"]["requestBody"]["content"]["application/json"],
) => unwrap(client.PATCH("/v1/accounts/{account}", { ...accountPath(name), body }));
export const deactivateAccount = (name: string) =>
  unwrap(client.POST("/v1/accounts/{account}/deactivate", { ...accountPath(name), body: { reason: "" } }));
export const activateAccount = (name: string) =>
  unwrap(client.POST("/v1/accounts/{account}/activate", accountPath(name)));
export const inviteAccount = (name: string) =>
  unwrap(client.POST("/v1/accounts/{account}/invitation", accountPath(name)));
export const endAccountSessions = (name: string) =>
  unwrap(client.POST("/v1/accounts/{account}/end-sessions", accountPath(name)));
export const resetSecondFactor = (name: string) =>
  unwrap(client.DELETE("/v1/accounts/{account}/second-factor", accountPath(name)));

export const listIncidents = (query: IncidentFilter) => unwrap(client.GET("/v1/incidents", { params: { query } }));
export const getIncident = (id: string) =>
  unwrap(client.GET("/v1/incidents/{incident}", { params: incidentPath(id) }));
export const listScenarios = () => unwrap(client.GET("/v1/scenarios"));
export const findAreas = (q: string) => unwrap(client.GET("/v1/areas", { params: { query: { q } } }));
export const getArea = (code: string) => unwrap(client.GET("/v1/areas/{code}", { params: { path: { code } } }));
export const listSuppressions = (ended: boolean) =>
  unwrap(client.GET("/v1/suppressions", { params: { query: { ended, limit: 200 } } }));
export const addSuppression = (body: Body<"/v1/suppressions">, key: string) =>
  unwrap(client.POST("/v1/suppressions", { body, ...idempotent(key) }));
export const endSuppression = (id: string) =>
  unwrap(client.POST("/v1/suppressions/{suppression}/end", { params: { path: { suppression: id } } }));
export const listAuditLog = (query: AuditLogFilter) => unwrap(client.GET("/v1/audit-log", { params: { query } }));
export const readAuditLogState = () => unwrap(client.GET("/v1/audit-log/state"));
export const listAccessFindings = () => unwrap(client.GET("/v1/access-findings", { params: { query: { limit: 100 } } }));
export const reviewAccessFinding = (finding: string, note: string) =>
  unwrap(client.POST("/v1/access-findings/{finding}/review", { params: { path: { finding } }, body: { note } }));
export const listLegalHolds = (ended: boolean) =>
  unwrap(client.GET("/v1/legal-holds", { params: { query: { ended, limit: 200 } } }));
export const placeLegalHold = (body: Body<"/v1/legal-holds">) => unwrap(client.POST("/v1/legal-holds", { body }));
export const releaseLegalHold = (hold: string, reason: string) =>
  unwrap(client.POST("/v1/legal-holds/{hold}/release", { params: { path: { hold } }, body: { reason } }));
export const extendLegalHold = (hold: string, review_at: string) =>
  unwrap(client.POST("/v1/legal-holds/{hold}/extend", { params: { path: { hold } }, body: { review_at } }));
export const listErasureRequests = (ended: boolean) =>
  unwrap(client.GET("/v1/erasure-requests", { params: { query: { ended, limit: 200 } } }));
export const recordErasureRequest = (body: Body<"/v1/erasure-requests">) =>
  unwrap(client.POST("/v1/erasure-requests", { body }));
export const decideErasureRequest = (request: string, decision: "granted" | "refused", reason: string) =>
  unwrap(
    client.POST("/v1/erasure-requests/{request}/decision", {
      params: { path: { request } },
      body: { decision, reason },
    }),
  );
export const exportEvidence = (incident: string, body: Body<"/v1/evidence/exports/{incident}">): Promise<Blob> =>
  unwrap(
    client.POST("/v1/evidence/exports/{incident}", { params: { path: { incident } }, body, parseAs: "blob" }),
  ) as Promise<Blob>;
export const getCoverage = () => unwrap(client.GET("/v1/coverage"));
export const getStats = () => unwrap(client.GET("/v1/stats"));

export type IncidentActionPath = Extract<keyof paths, `/v1/incidents/{incident}/${string}`>;

/** Take an action on an incident; the centre answers with the incident after it. */
export const actOnIncident = <P extends IncidentActionPath>(path: P, id: string, body: Body<P>, key: string) =>
  unwrap(
    client.POST(path as "/v1/incidents/{incident}/split", {
      params: incidentPath(id),
      body: body as Body<"/v1/incidents/{incident}/split">,
      ...idempotent(key),
    }),
  );
export const getDutyOfArea = (code: string) =>
  unwrap(client.GET("/v1/areas/{code}/duty", { params: { path: { code } } }));
export const verifyWorkOrder = (id: string, body: Body<"/v1/orders/{order}/verify">, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/verify", { params: orderPath(id), body, ...idempotent(key) }));
export const requestHelp = (id: string, body: Body<"/v1/orders/{order}/request-help">, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/request-help", { params: orderPath(id), body, ...idempotent(key) }));

/** A phone shows few orders at a time; short pages leave the centre free for others in between. */
const ORDERS_PER_PAGE = 20;
export const listMyWorkOrders = () =>
  listAll((cursor) =>
    unwrap(
      client.GET("/v1/orders", { params: { query: { mine: true, open: true, limit: ORDERS_PER_PAGE, cursor } } }),
    ),
  );
export const getWorkOrder = (id: string) => unwrap(client.GET("/v1/orders/{order}", { params: orderPath(id) }));
export const acceptWorkOrder = (id: string, body: Body<"/v1/orders/{order}/accept">, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/accept", { params: orderPath(id), body, ...idempotent(key) }));
export const startWorkOrder = (id: string, body: StartRequest, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/start", { params: orderPath(id), body, ...idempotent(key) }));
export const reportWorkOrder = (id: string, body: FieldReport, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/report", { params: orderPath(id), body, ...idempotent(key) }));
export const returnWorkOrder = (id: string, body: Body<"/v1/orders/{order}/return">, key: string) =>
  unwrap(client.POST("/v1/orders/{order}/return", { params: orderPath(id), body, ...idempotent(key) }));

export const addFieldRecord = (id: string, body: Body<"/v1/orders/{order}/field-records">, key: string) =>
  client.POST("/v1/orders/{order}/field-records", { params: orderPath(id), body, ...idempotent(key) });

export const listNotifications = () => unwrap(client.GET("/v1/notifications"));
export const listOpenNotifications = () =>
  unwrap(client.GET("/v1/notifications", { params: { query: { open: true } } }));
export const markNotificationDelivered = (id: string) =>
  client.POST("/v1/notifications/{notification}/delivered", { params: { path: { notification: id } } });
export const markNotificationRead = (id: string) =>
  client.POST("/v1/notifications/{notification}/read", { params: { path: { notification: id } } });

export const getPushPublicKey = () => unwrap(client.GET("/v1/push/public-key"));
export const addPushSubscription = (body: Body<"/v1/me/push-subscriptions">) =>
  unwrap(client.POST("/v1/me/push-subscriptions", { body }));
export const deletePushSubscription = (device: string) =>
  client.DELETE("/v1/me/push-subscriptions/{device}", { params: { path: { device } } });

export const getReachability = (area?: string, at?: string) =>
  unwrap(client.GET("/v1/reachability", { params: { query: { ...(area && { area }), ...(at && { at }) } } }));
export const getChannels = (account: string) =>
  unwrap(client.GET("/v1/accounts/{account}/channels", { params: { path: { account } } }));
export const setChannels = (account: string, body: ChannelsRequest) =>
  unwrap(client.PUT("/v1/accounts/{account}/channels", { params: { path: { account } }, body }));
export const listNotificationLog = (account: string) =>
  unwrap(client.GET("/v1/accounts/{account}/notifications", { params: { path: { account } } }));
export const sendTestNotification = (account: string, key: string, channel: "push" | null = null) =>
  unwrap(
    client.POST("/v1/accounts/{account}/test-notification", {
      params: { path: { account } },
      body: { channel },
      ...idempotent(key),
    }),
  );
export const confirmTest = (account: string, id: string, code: string) =>
  unwrap(
    client.POST("/v1/accounts/{account}/test-notification/{notification}/confirm", {
      params: { path: { account, notification: id } },
      body: { code },
    }),
  );

export const getHealth = () => unwrap(client.GET("/v1/health"));
export const listAlarms = () => unwrap(client.GET("/v1/alarms"));
export const listNodes = () =>
  listAll((cursor) => unwrap(client.GET("/v1/nodes", { params: { query: { limit: 200, cursor } } })));
export const listCameras = () =>
  listAll((cursor) => unwrap(client.GET("/v1/cameras", { params: { query: { limit: 200, cursor } } })));
export const listQuarantine = () => unwrap(client.GET("/v1/quarantine", { params: { query: { limit: 20 } } }));
export const listCommands = (node: string) =>
  unwrap(client.GET("/v1/nodes/{node}/commands", { params: { ...nodePath(node), query: { limit: 3 } } }));
export const sendCommand = (node: string, body: CommandRequest, key: string) =>
  unwrap(client.POST("/v1/nodes/{node}/commands", { params: nodePath(node), body, ...idempotent(key) }));
export const listSequenceGaps = async (node: string) =>
  (await unwrap(client.GET("/v1/nodes/{node}", { params: nodePath(node) }))).gaps;
export const giveUpSequenceGap = (
  node: string,
  bootId: string,
  body: Body<"/v1/nodes/{node}/gaps/{boot_id}/give-up">,
) =>
  unwrap(
    client.POST("/v1/nodes/{node}/gaps/{boot_id}/give-up", { params: { path: { node, boot_id: bootId } }, body }),
  );

export const getAccuracyReport = (by: Grouping) =>
  unwrap(client.GET("/v1/accuracy/report", { params: { query: { by } } }));
export const getAlarmLoad = () => unwrap(client.GET("/v1/accuracy/alarm-load"));
export const listCalibrations = () => unwrap(client.GET("/v1/accuracy/calibrations"));
export const listThresholds = () => unwrap(client.GET("/v1/accuracy/thresholds"));
export const listThresholdOptions = (scenario: string) =>
  unwrap(client.GET("/v1/accuracy/thresholds/{scenario}", { params: { path: { scenario } } }));
export const listScoredSources = () => unwrap(client.GET("/v1/accuracy/drift"));
export const startCameraAnew = (body: RestartRequest) => unwrap(client.POST("/v1/accuracy/drift/restart", { body }));
export const listScorecards = () => unwrap(client.GET("/v1/accuracy/scorecards"));
export const applyProposal = (incident: string) =>
  unwrap(client.POST("/v1/accuracy/proposals", { body: { incident, days: 30 } }));
export const undoAudit = (incident: string) =>
  unwrap(client.POST("/v1/accuracy/audit/{incident}/undo", { params: incidentPath(incident) }));
export const getAuditQueue = () => unwrap(client.GET("/v1/accuracy/audit"));
export const judgeIncident = (incident: string, body: Body<"/v1/accuracy/audit/{incident}">) =>
  unwrap(client.POST("/v1/accuracy/audit/{incident}", { params: incidentPath(incident), body }));

export const evidenceUrl = (sha256: string): string => `${BASE_PATH}v1/evidence/${sha256}`;

/**
 * Upload a photo under its checksum. Uploading the same photo again is harmless.
 *
 * Throws `OfflineError` when the centre cannot be reached, `ProblemError` when it refuses.
 */
export async function uploadEvidence(sha256: string, photo: Blob): Promise<void> {
  const headers = { "Content-Type": photo.type };
  const response = await fetch(evidenceUrl(sha256), { method: "PUT", headers, body: photo }).catch(() => {
    throw new OfflineError();
  });
  if (!response.ok) throw toProblemError(response.status, await response.json().catch(() => null));
}
