import { beforeAll, expect, it } from 'vitest';
import { measureReach, reachFiles, type ReachPoint } from '../../src/session/reach.ts';
import { useBackend } from '../helpers/backends.ts';
import { testSession, TINY } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

it('trains the second task under every λ in both forms, as single runs would, and says where one diverges', async () => {
  const config = { ...TINY, tasks: 3, model: 'mlp' as const, epochs: 12 };
  const { session, store } = testSession();
  const told: ReachPoint[] = [];
  // The gradient form cannot stay finite at the second λ.
  const reach = await measureReach(session, config, ['mas', 'ewc'], [0, 1e6], (point) => told.push(point));

  expect(reach.points).toEqual(told);
  expect(reach.points.map(({ method, penaltyStep, lambda }) => `${method} ${penaltyStep} ${lambda}`)).toEqual(
    ['mas', 'ewc'].flatMap((method) => ['proximal', 'gradient'].flatMap((step) => [0, 1e6].map((lambda) => `${method} ${step} ${lambda}`))));
  const at = (penaltyStep: string, lambda: number): ReachPoint => reach.points.find((point) => point.penaltyStep === penaltyStep && point.lambda === lambda)!;
  expect(at('gradient', 1e6).averageAccuracy).toBeNull();
  // Without a pull both forms are SGD.
  expect({ ...at('gradient', 0), penaltyStep: null }).toEqual({ ...at('proximal', 0), penaltyStep: null });

  const alone = testSession();
  await alone.session.dispatch({ kind: 'start', config: { ...config, tasks: 2, method: 'mas', lambda: 1e6 }, scope: 'all' });
  await alone.session.settled();
  const { accuracyMatrix } = alone.session.currentRecord!;
  expect(at('proximal', 1e6)).toMatchObject({
    averageAccuracy: (accuracyMatrix[1]![0]! + accuracyMatrix[1]![1]!) / 2,
    forgetting: accuracyMatrix[0]![0]! - accuracyMatrix[1]![0]!,
    learned: accuracyMatrix[1]![1],
  });

  // Nothing of it stays stored.
  expect([...store.entries.keys()]).toEqual([]);
  const [markdown, csv] = reachFiles(reach);
  expect(markdown!.text).toContain('diverged');
  expect(csv!.text.trim().split('\n')).toHaveLength(1 + 8);
});
