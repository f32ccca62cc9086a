/* The worker's page opens without a network: the shell from the cache, the data never. */
const SHELL = "phone-shell-v1";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(fromCache(request));
  else if (request.mode === "navigate") event.respondWith(fromNetwork(request));
});

/* The first visit loads before this worker stands, so what it loaded is fetched again here. */
async function keepShell() {
  const page = await fetch("/phone");
  const cache = await caches.open(SHELL);
  const assets = (await page.clone().text()).match(/\/assets\/[^"']+/g) ?? [];
  await cache.put("/phone", page);
  await cache.addAll(assets);
}

/* Names of assets hold a hash of their content, so what is cached is never stale. */
async function fromCache(request) {
  const cache = await caches.open(SHELL);
  const found = await cache.match(request);
  return found ?? keep(cache, request, await fetch(request));
}

async function fromNetwork(request) {
  const cache = await caches.open(SHELL);
  try {
    return keep(cache, "/phone", await fetch(request));
  } catch (error) {
    const found = await cache.match("/phone");
    if (found) return found;
    throw error;
  }
}

function keep(cache, key, response) {
  if (response.ok) cache.put(key, response.clone());
  return response;
}
