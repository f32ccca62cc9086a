/* Service worker of the worker's page: it opens without a network, and notifications arrive while it is closed.
   Data is never cached here. */
const CACHE = "phone-shell-v2";
const BASE = new URL(".", self.location).pathname;
const PAGE = `${BASE}phone`;

self.addEventListener("install", (event) => {
  event.waitUntil(cacheShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(`${BASE}assets/`)) event.respondWith(fromCache(request));
  else if (request.mode === "navigate") event.respondWith(fromNetwork(request));
});

/* The first visit loads its files before this worker is active, so they are fetched again here. */
async function cacheShell() {
  const page = await fetch(PAGE);
  const cache = await caches.open(CACHE);
  const assets = [...(await page.clone().text()).matchAll(/[./]*(assets\/[^"']+)/g)].map(([, path]) => BASE + path);
  await cache.put(PAGE, page);
  await cache.addAll(assets);
}

/* The names of assets contain a hash of their content, so cached assets are never stale. */
async function fromCache(request) {
  const cache = await caches.open(CACHE);
  const cached = await cache.match(request);
  return cached ?? store(cache, request, await fetch(request));
}

async function fromNetwork(request) {
  const cache = await caches.open(CACHE);
  try {
    return store(cache, PAGE, await fetch(request));
  } catch (error) {
    const cached = await cache.match(PAGE);
    if (cached) return cached;
    throw error;
  }
}

function store(cache, key, response) {
  if (response.ok) cache.put(key, response.clone());
  return response;
}

/* Web Push: a message is shown although no page is open. The centre sends codes, the texts are here. */
const TEXTS = {
  zh: {
    kinds: {
      dispatch: "新工单",
      reminder: "催办",
      escalation: "升级督办",
      nobody_on_duty: "无人在岗",
      worsening: "级别上升",
      rework: "退回返工",
      help: "请求协助",
      verification: "请核查",
      recall: "无需前往",
      notice: "已自行恢复",
      test: "通知测试",
    },
    levels: { critical: "紧急", major: "重要", minor: "一般", info: "提示" },
    drill: "【演练】",
    unknown: "有新消息，请打开工单页面",
    separator: "：",
  },
  en: {
    kinds: {
      dispatch: "New work order",
      reminder: "Reminder",
      escalation: "Escalation",
      nobody_on_duty: "Nobody on duty",
      worsening: "Got worse",
      rework: "To be reworked",
      help: "Help requested",
      verification: "Please verify",
      recall: "Do not go",
      notice: "Ended by itself",
      test: "Test",
    },
    levels: { critical: "Critical", major: "Major", minor: "Minor", info: "Info" },
    drill: "[Drill] ",
    unknown: "There is news: open your work orders",
    separator: ": ",
  },
};
const VIBRATION_MS = [400, 150, 400, 150, 400];
const MAX_AREA_NAMES = 2;
const RECEIPT_ATTEMPTS = 3;
const RECEIPT_PAUSE_MS = 2000;

self.addEventListener("push", (event) => {
  const message = readMessage(event.data);
  event.waitUntil(Promise.all([showMessage(message), sendReceipt(message, "delivered")]));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const message = event.notification.data;
  event.waitUntil(Promise.all([openOrder(message.order), sendReceipt(message, "read")]));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renewSubscription(event.oldSubscription));
});

/* A browser that gets a push message has to show something, whatever the message is. */
function readMessage(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/* What is about the same order replaces what was shown before, and sounds again. */
function showMessage(message) {
  const { title, body } = textOf(message);
  return self.registration.showNotification(title, {
    body,
    tag: message.order ?? message.incident ?? message.notification ?? "gridwatch",
    renotify: true,
    requireInteraction: message.kind !== "test",
    icon: `${BASE}icon.svg`,
    vibrate: VIBRATION_MS,
    lang: message.language === "en" ? "en" : "zh-CN",
    timestamp: Date.parse(message.called_at) || Date.now(),
    data: { notification: message.notification, order: message.order, receipt: message.receipt },
  });
}

function textOf({ language, kind, title, because, area, level, exercise }) {
  const name = language === "en" ? "en" : "zh";
  const texts = TEXTS[name];
  if (!title) return { title: "gridwatch", body: texts.unknown };
  const what = kind === "test" ? "gridwatch" : title[name];
  const place = (area ?? []).slice(-MAX_AREA_NAMES).join(" / ");
  return {
    title: `${exercise ? texts.drill : ""}${texts.kinds[kind] ?? texts.kinds.dispatch}${texts.separator}${what}`,
    body: [[texts.levels[level], place].filter(Boolean).join(" · "), because?.[name]].filter(Boolean).join("\n"),
  };
}

/* The token of the message stands for a login, which may have ended. */
async function sendReceipt({ notification, receipt }, kind) {
  if (!notification || !receipt) return;
  const address = `${BASE}v1/notifications/${notification}/${kind}`;
  for (let attempt = 1; attempt <= RECEIPT_ATTEMPTS; attempt++) {
    const response = await fetch(address, { method: "POST", headers: { "X-Gridwatch-Receipt": receipt } }).catch(() => null);
    if (response && response.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_PAUSE_MS * attempt));
  }
}

async function openOrder(order) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === PAGE);
  if (!page) return self.clients.openWindow(PAGE + (order ? `#order/${order}` : ""));
  if (order) page.postMessage({ order });
  return page.focus();
}

/* Without a login the centre cannot be told; the page subscribes again when it is opened. */
async function renewSubscription(old) {
  const answer = await fetch(`${BASE}v1/push/public-key`);
  if (!answer.ok) return;
  const { key } = await answer.json();
  const subscription = await self.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: old?.options.applicationServerKey ?? key,
  });
  await fetch(`${BASE}v1/me/push-subscriptions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...subscription.toJSON(), device: navigator.userAgentData?.platform ?? "" }),
  });
}
