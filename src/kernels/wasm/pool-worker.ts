import { serveKernels, type ThreadStart } from './pool.ts';

/** Entry of a kernel thread in the browser: its first message is its last. */
self.onmessage = ({ data }: MessageEvent<ThreadStart>) => serveKernels(data, () => self.postMessage('ready'));
