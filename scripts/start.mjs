// @ts-check
/**
 * `npm start`: installs what is missing, builds what changed, serves the lab and opens it.
 * It serves the built site rather than Vite's development server: one bundle is on screen several times sooner than
 * hundreds of modules. `npm run dev` is for changing the code. `npm start -- --port 8080` asks for a port.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { runMain, SetupFault } from './setup/fault.mjs';
import { requireNode } from './setup/node-version.mjs';
import { openBrowser } from './setup/open-browser.mjs';
import { ensureSite } from './setup/site.mjs';

const PORT = 5173;

await runMain(async () => {
  requireNode();
  const port = wantedPort(process.argv.slice(2));
  await ensureDependencies();
  await ensureSite();
  const { preview } = await import('vite');
  // Not strict: where the port is taken, the next free one serves.
  const server = await preview({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), preview: { port, strictPort: false } });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('the server has no address');
  if (new URL(url).port !== String(port)) console.log(`Port ${port} is taken; using the next.`);
  console.log(`\nMAS Lab is at ${url}\nCtrl+C stops it.`);
  openBrowser(url);
});

/** @param {string[]} argv @returns {number} */
function wantedPort(argv) {
  const { values } = parseArgs({ args: argv, options: { port: { type: 'string' } }, strict: false });
  if (values.port === undefined) return PORT;
  const port = Number(values.port);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new SetupFault(`The port is “${values.port}”, but must be a whole number from 1 to 65535.`, 'For example: npm start -- --port 8080');
}
