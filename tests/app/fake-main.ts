/** The real page around the scripted lab; development only. `?tick=` sets its pace in milliseconds. */
import { mount } from '../../src/app/mount.tsx';
import { createFakeLab } from './fake-lab.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const query = new URLSearchParams(location.search);
mount(root, createFakeLab({ tickMs: Number(query.get('tick') ?? 20), stepsPerEpoch: Number(query.get('perEpoch') ?? 32) }));
