/** The subscription of this phone to Web Push. */
import {
  addPushSubscription,
  deletePushSubscription,
  getPushPublicKey,
  sendTestNotification,
} from "../../../api/endpoints";
import { createIdempotencyKey } from "../../../api/idempotencyKey";

/** Whether notifications can arrive while the page is closed, and if not, why. */
export type PushState =
  | "on"
  /** They can be enabled. */
  | "off"
  /** The owner of the phone has refused them. */
  | "denied"
  /** An iPhone allows them for pages on the home screen only. */
  | "needs_installation"
  /** Browsers allow them over https only. */
  | "insecure"
  | "unsupported";

const DEVICE_KEY = "gridwatch.phone.push-device";
const MAX_NAME = 100;

/** Find out whether notifications are enabled on this phone. */
export async function readPushState(): Promise<PushState> {
  if (!isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis)) {
    return isApple() && !isInstalled() ? "needs_installation" : "unsupported";
  }
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission === "default") return "off";
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  return subscription && localStorage.getItem(DEVICE_KEY) ? "on" : "off";
}

/**
 * Enable notifications; call it while handling a tap, as browsers demand.
 *
 * The test message that follows proves the way to this phone.
 */
export async function enablePush(account: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return;
  await renewPush();
  await sendTestNotification(account, createIdempotencyKey(), "push");
}

/** Subscribe, or subscribe again with a new key of the centre, and tell the centre. */
export async function renewPush(): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const { key } = await getPushPublicKey();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await pushManager.subscribe(options).catch(async (error: unknown) => {
    // A subscription with another key stands in the way.
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint = "", keys = {} } = subscription.toJSON();
  const { id } = await addPushSubscription({
    endpoint,
    keys: { p256dh: keys["p256dh"] ?? "", auth: keys["auth"] ?? "" },
    device: deviceName(),
  });
  localStorage.setItem(DEVICE_KEY, id);
}

/** Forget this phone before the account logs out; without a network the subscription alone ends. */
export async function disablePush(): Promise<void> {
  const device = localStorage.getItem(DEVICE_KEY);
  localStorage.removeItem(DEVICE_KEY);
  if (!device) return;
  await deletePushSubscription(device).catch(() => undefined);
  const registration = await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe();
}

const isApple = (): boolean => /iPhone|iPad/.test(navigator.userAgent);
const isInstalled = (): boolean => matchMedia("(display-mode: standalone)").matches;

/** A name by which the owner knows the phone: what its browser says of itself, without versions. */
function deviceName(): string {
  const [, system = ""] = /\(([^)]*)\)/.exec(navigator.userAgent) ?? [];
  return system.slice(0, MAX_NAME);
}
