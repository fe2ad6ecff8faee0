/** The real page around the scripted lab; development only. `?tick=` sets its pace in milliseconds. */
import { createWorkerLab } from '../../src/app/client/lab-client.ts';
import { mount } from '../../src/app/mount.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
/** What the script reads (fake-worker.ts) and index.html; the rest is the page's. */
const OWN = ['tick', 'perEpoch', 'evaluateEvery', 'filled', 'theme'];
const search = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => !OWN.includes(name)));
const worker = new Worker(new URL('./fake-worker.ts', import.meta.url), { type: 'module', name: location.search });
const api = createWorkerLab(worker, (error) => lab.crash(error));
const lab = mount(root, {
  ...api,
  // What a recording of the browser divides into ticks.
  connect: (listener, options) => api.connect((events) => {
    performance.mark('lab events');
    listener(events);
  }, options),
}, `?${search.toString()}`);
