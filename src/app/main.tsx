/** Entry of the page: the lab in its worker, and the screen around it. */
import { createWorkerLab } from './client/lab-client.ts';
import { mount } from './mount.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

// Kept for offline use once the page is up: fetching the whole site must not compete with its first paint.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  addEventListener('load', () => {
    navigator.serviceWorker.register('./sw.js').catch((error: unknown) => console.warn('MAS Lab will not open without a network:', error));
  });
}

const worker = new Worker(new URL('../worker/lab-worker.ts', import.meta.url), { type: 'module', name: 'mas-lab' });
const lab = mount(root, createWorkerLab(worker, (error) => lab.crash(error)));
