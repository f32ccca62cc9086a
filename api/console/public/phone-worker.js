/* Service worker of the worker's page: the page opens from the cache without a network. Data is never cached here. */
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
