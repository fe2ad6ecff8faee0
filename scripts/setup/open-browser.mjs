// @ts-check
import { spawn } from 'node:child_process';

/**
 * Opens an address in the person's browser where there is one; where there is not, nothing happens (the address is printed anyway).
 * @param {string} url
 */
export function openBrowser(url) {
  const headless = process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'];
  if (process.env['CI'] || headless) return;
  const [command, args] = opener(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('No browser could be opened from here: open the address above by hand.'));
  child.unref();
}

/** @param {string} url @returns {[string, string[]]} */
function opener(url) {
  switch (process.platform) {
    case 'darwin':
      return ['open', [url]];
    case 'win32':
      return ['cmd', ['/c', 'start', '', url]];
    default:
      return ['xdg-open', [url]];
  }
}
