// The page's service worker. The build puts its version and files in (scripts/offline-plugin.ts).
// It keeps one copy of the whole site, so that the lab opens without a network once it was visited, and it adds the headers of
// cross-origin isolation, so that threads work on hosts that cannot send them.
const VERSION = '__VERSION__';
const FILES = __FILES__;

const CACHE = `mas-lab-${VERSION}`;
const SCOPE = self.registration.scope;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(new URL(file, SCOPE), { cache: 'reload' })))));
});

self.addEventListener('activate', (event) => {
  // It waits until no page of an older version is open, so that none loses files it may still ask for.
  const outdated = caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('mas-lab-') && name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(outdated.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(SCOPE)) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else event.respondWith(file(request));
});

/** The newest page where there is a network, else the kept one. */
async function page(request) {
  try {
    return isolated(await fetch(request));
  } catch (error) {
    const kept = await keptCopy(new URL('index.html', SCOPE));
    if (kept) return isolated(kept);
    throw error;
  }
}

/** Built files never change under their names: the kept copy is as good as a new one. */
async function file(request) {
  return isolated((await keptCopy(request)) ?? (await fetch(request)));
}

async function keptCopy(request) {
  return (await caches.open(CACHE)).match(request, { ignoreSearch: true });
}

function isolated(response) {
  // Redirects and opaque answers cannot be changed.
  if (response.status === 0 || response.type === 'opaque' || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
