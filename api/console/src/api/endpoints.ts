/** What the pages ask of the centre, one function each. */
import { client, content } from "./client";
import { OfflineError, problemOf } from "./errors";
import type { paths } from "./schema";

type Body<P extends keyof paths> = paths[P] extends {
  post: { requestBody: { content: { "application/json": infer B } } };
}
  ? B
  : never;

export type IncidentFilter = NonNullable<paths["/v1/incidents"]["get"]["parameters"]["query"]>;
export type Credentials = Body<"/v1/login">;
export type Report = Body<"/v1/orders/{order}/report">;
export type Ask = Body<"/v1/nodes/{node}/commands">;
export type Start = Body<"/v1/orders/{order}/start">;

/** Names one try of a person, so that a repeated request has its effect once. */
const once = (key: string) => ({ headers: { "Idempotency-Key": key } });

export const me = () => content(client.GET("/v1/me"));
export const login = (body: Credentials) => content(client.POST("/v1/login", { body }));
export const logout = () => client.POST("/v1/logout");

export const incidents = (query: IncidentFilter) => content(client.GET("/v1/incidents", { params: { query } }));
export const incident = (id: string) => content(client.GET("/v1/incidents/{incident}", { params: { path: { incident: id } } }));

export const confirm = (id: string, body: Body<"/v1/incidents/{incident}/confirm">, key: string) =>
  content(client.POST("/v1/incidents/{incident}/confirm", { params: { path: { incident: id } }, body, ...once(key) }));
export const reject = (id: string, body: Body<"/v1/incidents/{incident}/reject">, key: string) =>
  content(client.POST("/v1/incidents/{incident}/reject", { params: { path: { incident: id } }, body, ...once(key) }));
export const verify = (id: string, body: Body<"/v1/orders/{order}/verify">, key: string) =>
  content(client.POST("/v1/orders/{order}/verify", { params: { path: { order: id } }, body, ...once(key) }));

export const stats = () => content(client.GET("/v1/stats"));
export const nodes = () => content(client.GET("/v1/nodes", { params: { query: { limit: 200 } } }));
export const cameras = () => content(client.GET("/v1/cameras", { params: { query: { limit: 200 } } }));
export const alarms = () => content(client.GET("/v1/alarms"));
export const gaps = async (node: string) =>
  (await content(client.GET("/v1/nodes/{node}", { params: { path: { node } } }))).gaps;
export const giveUp = (node: string, boot: string, body: Body<"/v1/nodes/{node}/gaps/{boot_id}/give-up">) =>
  content(client.POST("/v1/nodes/{node}/gaps/{boot_id}/give-up", { params: { path: { node, boot_id: boot } }, body }));
export const commands = (node: string) =>
  content(client.GET("/v1/nodes/{node}/commands", { params: { path: { node }, query: { limit: 3 } } }));
export const ask = (node: string, body: Ask, key: string) =>
  content(client.POST("/v1/nodes/{node}/commands", { params: { path: { node } }, body, ...once(key) }));
export const quarantine = () => content(client.GET("/v1/quarantine", { params: { query: { limit: 20 } } }));
export const health = () => content(client.GET("/v1/health"));

export const myOrders = () => content(client.GET("/v1/orders", { params: { query: { mine: true, open: true } } }));
export const accept = (id: string, body: Body<"/v1/orders/{order}/accept">, key: string) =>
  content(client.POST("/v1/orders/{order}/accept", { params: { path: { order: id } }, body, ...once(key) }));
export const start = (id: string, body: Start, key: string) =>
  content(client.POST("/v1/orders/{order}/start", { params: { path: { order: id } }, body, ...once(key) }));
export const report = (id: string, body: Report, key: string) =>
  content(client.POST("/v1/orders/{order}/report", { params: { path: { order: id } }, body, ...once(key) }));
export const giveBack = (id: string, body: Body<"/v1/orders/{order}/return">, key: string) =>
  content(client.POST("/v1/orders/{order}/return", { params: { path: { order: id } }, body, ...once(key) }));

export const openCalls = () => content(client.GET("/v1/notifications", { params: { query: { open: true } } }));
export const delivered = (id: string) =>
  client.POST("/v1/notifications/{notification}/delivered", { params: { path: { notification: id } } });

export const evidenceUrl = (sha256: string): string => `/v1/evidence/${sha256}`;

/** Store a photo under its checksum; the same one again does no harm. */
export async function putEvidence(sha256: string, photo: Blob): Promise<void> {
  const headers = { "Content-Type": photo.type };
  const answer = await fetch(evidenceUrl(sha256), { method: "PUT", headers, body: photo }).catch(() => {
    throw new OfflineError();
  });
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => null));
}
