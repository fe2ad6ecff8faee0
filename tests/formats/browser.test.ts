/** Every file of `../shared/reference/formats` gives in Chromium what its `expect.json` says, as it does in Node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { openTestPage, type TestPage } from '../helpers/test-page.ts';
import { expectedTensors, FILES, TORCH_NAME, wantedHashes, type ExpectedFile } from './expected-files.ts';
import type { Loaded, Read, Refused } from './page/main.ts';

let formats: TestPage;
beforeAll(async () => {
  formats = await openTestPage('tests/formats/page', 'formats');
});
afterAll(() => formats?.close());

const urlOf = (name: string): string => `/shared/reference/formats/${encodeURIComponent(name)}`;
const read = (name: string): Promise<Read | Refused> => formats.page.evaluate((url) => window.formats.read(url), urlOf(name));
const load = (name: string, expected: ExpectedFile): Promise<Loaded | Refused> =>
  formats.page.evaluate(
    ([url, tensors, isRegParams]) => window.formats.load(url, tensors, isRegParams),
    [urlOf(name), expectedTensors(expected.model ?? 'NANO'), expected.container === 'pickle'] as const,
  );

describe('in Chromium', () => {
  it.each(FILES.filter(([, { parse }]) => parse === 'accept'))('%s is accepted with the same values', async (name, expected) => {
    const found = await read(name);
    if ('refused' in found) throw new Error(found.message);
    expect(found.container).toBe(expected.container);
    const tensors = new Map(found.tensors);
    for (const [key, { dtype, shape, sha256_f32, first }] of Object.entries(expected.tensors ?? {})) {
      const tensor = tensors.get(key);
      expect([key, tensor && TORCH_NAME[tensor.dtype as NamedTensor['dtype']], tensor?.shape, tensor?.first]).toEqual([key, dtype, shape, first.map(Number)]);
      if (sha256_f32 !== undefined) expect(tensor!.sha256, key).toBe(sha256_f32);
    }
  });

  it.each(FILES.filter(([, { parse }]) => parse !== 'accept'))('%s is refused with its code', async (name, expected) => {
    const found = await read(name);
    expect(found).toMatchObject({ refused: expected.error });
    if (expected.forbidden !== undefined) expect((found as Refused).message).toContain(expected.forbidden);
  });

  it.each(FILES.filter(([, { load: how }]) => how === 'accept' || how === 'accept-by-position'))('%s fills its model', async (name, expected) => {
    expect(await load(name, expected)).toEqual({ sha256: wantedHashes(expected), namesInferred: expected.load === 'accept-by-position' });
  });

  it.each(FILES.filter(([, { load: how }]) => how === 'reject'))('%s fills no model', async (name, expected) => {
    expect(await load(name, expected)).toMatchObject({ refused: expected.error });
  });

  it('nothing that was read left a trace', async () => {
    await read('st_proto_key.safetensors');
    expect(await formats.page.evaluate(() => window.formats.isPolluted())).toBe(false);
  });
});
