/** The scripted lab where the real one runs: in a worker, whose name is the page's query (FakeOptions has its parts). */
import { exposeLab } from '../../src/worker/expose-lab.ts';
import { createFakeLab } from './fake-lab.ts';

const query = new URLSearchParams(self.name);
const asked = (name: string): number | null => (query.has(name) ? Number(query.get(name)) : null);
const [evaluateEvery, filledSteps] = [asked('evaluateEvery'), asked('filled')];
exposeLab(createFakeLab({
  tickMs: asked('tick') ?? 20, stepsPerEpoch: asked('perEpoch') ?? 32,
  ...(evaluateEvery === null ? {} : { evaluateEvery }), ...(filledSteps === null ? {} : { filledSteps }),
}));
