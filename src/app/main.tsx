/** Entry of the page: the lab in its worker, and the screen around it. */
import { createWorkerLab } from './client/lab-client.ts';
import { mount } from './mount.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const lab = mount(root, createWorkerLab((error) => lab.crash(error)));
