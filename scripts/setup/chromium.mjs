// @ts-check
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall, mayUseApt, ROOT, runCommand } from './command.mjs';
import { SetupFault } from './fault.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const FIXED = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * A Chromium that is already here: CHROMIUM_PATH, the system's, or the one that Playwright downloaded.
 * @returns {Promise<string | null>} its path
 * @throws SetupFault where CHROMIUM_PATH names nothing that can be run
 */
export async function findChromium() {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (executable(named)) return named;
    throw new SetupFault(`CHROMIUM_PATH is ${named}, which is not a program.`, 'Set it to the path of a Chromium or Chrome, or unset it.');
  }
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/snap/bin'];
  const candidates = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...FIXED];
  return candidates.find(executable) ?? (await playwrightChromium());
}

/**
 * As {@link findChromium}, and installs one where there is none: the system's package where it may, else Playwright's download.
 * @returns {Promise<string>} its path
 * @throws SetupFault saying what to install
 */
export async function ensureChromium() {
  const found = await findChromium();
  if (found) return found;
  if (mayUseApt()) {
    console.log('No Chromium found; installing the system’s (apt-get install chromium) …');
    await aptInstall('chromium');
  } else {
    console.log('No Chromium found; downloading Playwright’s …');
    await runCommand(process.execPath, [join(ROOT, 'node_modules', 'playwright-core', 'cli.js'), 'install', '--no-shell', 'chromium']);
  }
  const installed = await findChromium();
  if (installed) return installed;
  throw new SetupFault(
    'The browser tests need a Chromium, and none could be found or installed.',
    'Install Chromium or Chrome, or set CHROMIUM_PATH to one, and run the command again.',
  );
}

async function playwrightChromium() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  return executable(path) ? path : null;
}

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
