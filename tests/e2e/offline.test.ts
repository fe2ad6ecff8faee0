import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { ensureSite } from '../../scripts/setup/site.mjs';
import { LabPage, TINY } from '../helpers/lab-page.ts';
import { launchChromium } from '../helpers/site.ts';

const FOLDER = '/some/path/';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json',
};

/** The built site in a folder of a host that sends no headers of its own and knows nothing else. */
async function plainHost(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith(FOLDER)) return void response.writeHead(404).end();
    const name = normalize(pathname.slice(FOLDER.length)) || 'index.html';
    const file = name === '.' ? 'index.html' : name;
    readFile(join(ROOT, 'dist', file)).then(
      (bytes) => response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

describe('the site in a folder of a plain host', () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    await ensureSite();
    server = await plainHost();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  it('once visited, opens and trains on threads when the host is gone', async () => {
    const url = `http://localhost:${(server.address() as AddressInfo).port}${FOLDER}`;
    const lab = await LabPage.open(browser, url, TINY);
    // Active means that every file is kept.
    await lab.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await expect(fetch(url)).rejects.toThrow();

    await lab.reload();
    expect(await lab.page.evaluate(() => crossOriginIsolated), 'the kept page is isolated, as threads need').toBe(true);
    await lab.trainToEnd();
    // Parts that come late are kept too.
    await lab.page.getByRole('button', { name: 'Runs', exact: true }).click();
    await lab.page.getByRole('dialog', { name: 'Runs' }).waitFor();
    await lab.page.keyboard.press('Escape');
    expect((await lab.downloadAll()).has('metrics.json')).toBe(true);
    expect(lab.faults).toEqual([]);
    await lab.close();
  });
});
