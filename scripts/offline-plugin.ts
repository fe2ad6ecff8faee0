/** Build step that makes the site work offline: emits `sw.js` with the list of all built files and a version made of their names. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { Plugin } from 'vite';

/** @returns plugin for builds; development has no service worker */
export function offline(): Plugin {
  let publicFiles: readonly string[] = [];
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      // Data that a server adds beside the page is streamed and stored by the lab itself, not kept twice.
      publicFiles = config.publicDir === '' ? [] : readdirSync(config.publicDir, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const built = Object.values(bundle).filter(({ fileName }) => !fileName.endsWith('.map'));
        const hash = createHash('sha256');
        for (const output of [...built].sort((a, b) => a.fileName.localeCompare(b.fileName))) {
          hash.update(output.fileName).update(output.type === 'chunk' ? output.code : output.source);
        }
        const files = [...built.map(({ fileName }) => fileName), ...publicFiles].sort();
        const template = readFileSync(new URL('service-worker.js', import.meta.url), 'utf8');
        const source = template.replace('__VERSION__', hash.digest('hex').slice(0, 12)).replace('__FILES__', JSON.stringify(files));
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}
