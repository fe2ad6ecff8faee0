/** The real page around the scripted lab; development only. `?tick=` sets its pace in milliseconds; FakeOptions has the rest. */
import { mount } from '../../src/app/mount.tsx';
import { createFakeLab } from './fake-lab.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const query = new URLSearchParams(location.search);
const asked = (name: string): number | null => (query.has(name) ? Number(query.get(name)) : null);
const [evaluateEvery, filledSteps] = [asked('evaluateEvery'), asked('filled')];
const fake = createFakeLab({
  tickMs: asked('tick') ?? 20, stepsPerEpoch: asked('perEpoch') ?? 32,
  ...(evaluateEvery === null ? {} : { evaluateEvery }), ...(filledSteps === null ? {} : { filledSteps }),
});
mount(root, {
  ...fake,
  // What a recording of the browser divides into ticks.
  connect: (listener, options) => fake.connect((events) => {
    performance.mark('lab events');
    listener(events);
  }, options),
});
