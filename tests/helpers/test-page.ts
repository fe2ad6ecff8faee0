/** A Chromium page of a test's own, served from the sources and from ../shared. */
import { createReadStream, statSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { ROOT } from '../../scripts/setup/command.mjs';
import { sharedPath } from './shared.ts';
import { launchChromium } from './site.ts';

export interface TestPage {
  readonly page: Page;
  readonly url: string;
  /** Another tab of the same browser profile. */
  newTab(): Promise<Page>;
  close(): Promise<void>;
}

/**
 * @param folder of its index.html and main.ts, from the repository root
 * @param ready what `window` has once the page can be asked
 */
export async function openTestPage(folder: string, ready: string): Promise<TestPage> {
  const server = await serve(folder);
  let browser: Browser | null = null;
  try {
    const url = server.resolvedUrls?.local[0];
    if (!url) throw new Error('the test server has no address');
    browser = await launchChromium();
    const launched = browser;
    const context = await launched.newContext();
    const newTab = async (): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(`${url}${folder}/`);
      await page.waitForFunction((name) => name in window, ready);
      return page;
    };
    return {
      page: await newTab(),
      url,
      newTab,
      async close() {
        await launched.close();
        await server.close();
      },
    };
  } catch (error) {
    await browser?.close();
    await server.close();
    throw error;
  }
}

async function serve(folder: string): Promise<ViteDevServer> {
  const server = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    // A cache of its own: the others' may be in use by a running server.
    cacheDir: `node_modules/.vite-${folder.replaceAll('/', '-')}`,
    optimizeDeps: { entries: [`${folder}/*.ts`] },
    server: { port: 4720, strictPort: false, hmr: false, watch: null },
    appType: 'mpa',
    plugins: [
      {
        name: 'shared-files',
        configureServer({ middlewares }) {
          middlewares.use('/shared', (request, response) => {
            const path = sharedPath(decodeURIComponent(request.url!.slice(1)));
            response.setHeader('Content-Length', statSync(path).size);
            createReadStream(path).pipe(response);
          });
        },
      },
    ],
  });
  return server.listen();
}
