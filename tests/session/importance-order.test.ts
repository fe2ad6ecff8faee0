import { beforeAll, describe, expect, it } from 'vitest';
import { modelSpec } from '../../src/engine/model/models.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { inModelOrder } from '../../src/session/importance-order.ts';
import type { ImportanceSummary } from '../../src/core/importance-summary.ts';
import { useBackend } from '../helpers/backends.ts';
import { eventsOf, testSession, TINY } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

describe('what is told of importance', () => {
  it('goes from the first layer to the last', async () => {
    const { session, events } = testSession();
    await session.dispatch({ kind: 'start', config: TINY, scope: 'all' });
    await session.settled();
    const names = backboneParams(modelSpec(TINY.model)).map(({ name }) => name);
    const [, second] = eventsOf(events, 'importance').map(({ summary }) => summary);
    expect(second!.layers.map(({ name }) => name)).toEqual(names);
    expect(second!.density!.map(({ name }) => name)).toEqual(names);
    expect(session.currentRecord!.importances[1]!.layers.map(({ name }) => name)).toEqual(names);
  });

  it('keeps each layer’s figures with its name', () => {
    const model = modelSpec(TINY.model);
    const names = backboneParams(model).map(({ name }) => name);
    const layer = (name: string) => ({ name, count: name.length, mean: 0, max: 0, share: 0, zeroShare: 0, histogram: [], histogramMin: 0, histogramStep: 1, drift: 0 });
    const backwards = names.toReversed();
    const summary: ImportanceSummary = {
      task: 1, maxOmega: 0, elapsedMs: 0, filters: [], layers: backwards.map(layer),
      overlap: { jaccard: [], served: [], sharedByLayer: backwards.map((name) => name.length) },
    };
    const ordered = inModelOrder(summary, model);
    expect(ordered.layers.map(({ name, count }) => [name, count])).toEqual(names.map((name) => [name, name.length]));
    expect(ordered.overlap!.sharedByLayer).toEqual(names.map((name) => name.length));
    expect(inModelOrder(ordered, model)).toEqual(ordered);
  });
});
