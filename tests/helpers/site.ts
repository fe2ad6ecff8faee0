/** The built site on a server of its own, and a Chromium to look at it. */
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { preview } from 'vite';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';
import { ROOT } from '../../scripts/setup/command.mjs';
import { ensureSite } from '../../scripts/setup/site.mjs';

/** Nothing but the lab may use the network or the processor while it is watched. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'];
/** WebGPU on the processor: right, but slow. Only on request, as in the lab. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'];

export interface Site {
  /** With a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the site where it is out of date and serves it on a free port. */
export async function serveSite(): Promise<Site> {
  await ensureSite();
  const server = await preview({ root: ROOT, logLevel: 'error', preview: { port: 4400, strictPort: false, open: false } });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('the preview server has no address');
  return { url, close: () => server.close() };
}

export async function launchChromium(options: { softwareWebgpu?: boolean } = {}): Promise<Browser> {
  return chromium.launch(await chromiumOptions(options));
}

/** A Chromium whose storage is on disk, in `folder`, as a person's is; that of {@link launchChromium} is in memory. */
export async function launchProfile(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...(await chromiumOptions({})), viewport: { width: 1440, height: 900 }, acceptDownloads: true });
}

async function chromiumOptions(options: { softwareWebgpu?: boolean }): Promise<{ executablePath: string; args: string[] }> {
  return {
    executablePath: await ensureChromium(),
    // Containers and root have no sandbox to give.
    args: ['--no-sandbox', ...QUIET, ...(options.softwareWebgpu ? SOFTWARE_WEBGPU : [])],
  };
}
