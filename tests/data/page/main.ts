/** The data layer in a real browser, for `browser.test.ts`: the page only starts the worker and passes questions on, as the lab's does. */
import { wrap } from 'comlink';
import type { DataWorker } from './worker.ts';

declare global {
  interface Window {
    data: ReturnType<typeof wrap<DataWorker>>;
  }
}

window.data = wrap<DataWorker>(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
