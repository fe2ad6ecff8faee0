import { parentPort } from 'node:worker_threads';
import { serveKernels, type ThreadStart } from '../../kernels/wasm/pool.ts';

/** Entry of a kernel thread in Node: its first message is its last. */
parentPort?.once('message', (start: ThreadStart) => serveKernels(start, () => parentPort?.postMessage('ready')));
