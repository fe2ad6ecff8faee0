import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../../src/formats/byte-source.ts';
import type { DistantTensor, NamedTensor } from '../../src/formats/named-tensors.ts';
import { bytesOf, f32Tensor, storedBytes, storedSize, tensorFromBytes, toFloat32 } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { holdsRegParams, loadRegParams } from '../../src/formats/reg-params-read.ts';
import { pairRegParams, regParamsSource } from '../../src/formats/reg-params-write.ts';
import { isRunMetadata, readRunFile, writeRunFile } from '../../src/formats/run-file.ts';
import { readSafetensors } from '../../src/formats/safetensors-read.ts';
import { safetensorsSource } from '../../src/formats/safetensors-write.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { byName, plain, tensorLists } from './arbitrary-tensors.ts';

describe('what is written comes back', () => {
  it('as .pth, in order', async () => {
    await fc.assert(
      fc.asyncProperty(tensorLists, async (tensors) => {
        const file = readWeightFile(await joinBytes(pthSource(tensors)), 'x.pth');
        expect(file.container).toBe('torch-zip');
        expect(file.tensors.map(plain)).toEqual(tensors.map(plain));
      }),
    );
  });

  it('as safetensors, with metadata', async () => {
    await fc.assert(
      fc.asyncProperty(tensorLists, fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), async (tensors, metadata) => {
        const bytes = await joinBytes(safetensorsSource(tensors, metadata));
        const file = readSafetensors(bytes, 'x.safetensors');
        expect(byName(file.tensors)).toEqual(byName(tensors));
        expect(Object.fromEntries(file.metadata)).toEqual(Object.fromEntries(Object.entries(metadata)));
        // Known without its name too.
        expect(readWeightFile(bytes, 'x').container).toBe('safetensors');
      }),
    );
  });

  it('as reg_params.pickle', async () => {
    await fc.assert(
      fc.asyncProperty(tensorLists, async (tensors) => {
        const anchor = tensors.filter(({ name }) => !name.includes('/'));
        const file = readWeightFile(await joinBytes(regParamsSource(pairRegParams(anchor, anchor))), 'x.pickle');
        expect(file.container).toBe('pickle');
        const wanted = anchor.flatMap((tensor) => {
          const folder = tensor.name === '' ? '' : `${tensor.name}/`;
          return [plain({ ...tensor, name: `${folder}omega` }), plain({ ...tensor, name: `${folder}init_val` })];
        });
        expect(file.tensors.map(plain)).toEqual(wanted);
      }),
    );
  });

  it('as a run file', async () => {
    await fc.assert(
      fc.asyncProperty(tensorLists, fc.jsonValue(), async (tensors, json) => {
        const text = JSON.stringify(json);
        const run = readRunFile(await joinBytes(await writeRunFile({ json: JSON.parse(text), tensors })), 'x');
        expect(JSON.stringify(run.json)).toBe(text);
        expect(byName(run.tensors)).toEqual(byName(tensors));
      }),
    );
  });

  it('wherever the file lies in memory', async () => {
    const tensors = [f32Tensor('w', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)), { name: 'd', dtype: 'F64' as const, shape: [1], data: Float64Array.of(0.1) }];
    for (const source of [pthSource(tensors), safetensorsSource(tensors)]) {
      const bytes = await joinBytes(source);
      for (let shift = 0; shift < 9; shift++) {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        expect(byName(readWeightFile(moved.subarray(shift), 'x').tensors)).toEqual(byName(tensors));
      }
    }
  });
});

describe('memory', () => {
  const weights = f32Tensor('w', [1 << 18], new Float32Array(1 << 18).fill(0.5));

  it.each([
    ['.pth', pthSource([weights])],
    ['.safetensors', safetensorsSource([weights])],
    ['reg_params.pickle', regParamsSource([{ name: 'w', omega: weights, anchor: weights }])],
  ])('%s is written without copying tensors', async (_, source) => {
    let copied = 0;
    for await (const { buffer, length } of source.chunks()) if (buffer !== weights.data.buffer) copied += length;
    expect(source.sizeBytes).toBeGreaterThan(2 ** 20);
    expect(copied).toBeLessThan(4096);
  });

  it.each([
    ['.pth', pthSource([weights])],
    ['.safetensors', safetensorsSource([weights])],
  ])('%s is read without copying tensors', async (_, source) => {
    const bytes = await joinBytes(source);
    expect(readWeightFile(bytes, 'x').tensors.map(({ data }) => data.buffer)).toEqual([bytes.buffer]);
  });

  it('is aligned for what is in it, whatever the order', async () => {
    const mixed: NamedTensor[] = [
      { name: 'a', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: 'b', dtype: 'F64', shape: [1], data: Float64Array.of(1) },
      { name: 'c', dtype: 'I16', shape: [1], data: Int16Array.of(1) },
      { name: 'd', dtype: 'F32', shape: [1], data: Float32Array.of(1) },
    ];
    for (const [source, alignment] of [[safetensorsSource(mixed), 1], [pthSource(mixed), 64]] as const) {
      const bytes = await joinBytes(source);
      for (const { data } of readWeightFile(bytes, 'x').tensors) {
        expect(data.buffer).toBe(bytes.buffer);
        expect(data.byteOffset % alignment).toBe(0);
      }
    }
  });

  /** The same tensor lying elsewhere, given in chunks of eight bytes, each wiped when the next one is asked for. */
  function distant(tensor: NamedTensor, onRead: () => void): DistantTensor {
    const { name, dtype, shape } = tensor;
    const whole = storedBytes(tensor);
    return {
      name, dtype, shape,
      stored: {
        sizeBytes: storedSize(tensor),
        async *chunks() {
          for (let at = 0; at < whole.length; at += 8) {
            onRead();
            const chunk = whole.slice(at, at + 8);
            yield chunk;
            chunk.fill(0xff);
          }
        },
      },
    };
  }

  it('is that of one chunk of tensors that lie elsewhere: they are read as the file comes to them, and give the same file', async () => {
    const here = [f32Tensor('a', [4], Float32Array.of(1, 2, 3, 4)), f32Tensor('b', [2, 3], Float32Array.of(5, 6, 7, 8, 9, 10))];
    let read = 0;
    const there = here.map((tensor) => distant(tensor, () => (read += 1)));
    const json = { lambda: 1 };
    const files = [
      [pthSource(here), pthSource(there)],
      [safetensorsSource(here), safetensorsSource(there)],
      [regParamsSource(pairRegParams(here, here)), regParamsSource(pairRegParams(there, there))],
      [await writeRunFile({ json, tensors: here }), await writeRunFile({ json, tensors: there })],
    ] as const;
    for (const [near, far] of files) {
      expect(far.sizeBytes).toBe(near.sizeBytes);
      expect(await joinBytes(far)).toEqual(await joinBytes(near));
    }
    read = 0;
    const reads: number[] = [];
    for await (const { length } of safetensorsSource(there).chunks()) reads.push(length > 8 ? 0 : read);
    expect(reads).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('copies shared memory, which files cannot hold', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(16)).fill(3);
    const [tensor] = readWeightFile(await joinBytes(pthSource([f32Tensor('w', [4], shared)])), 'x').tensors;
    expect([...toFloat32(tensor!)]).toEqual([3, 3, 3, 3]);
    expect(bytesOf(shared).buffer).toBeInstanceOf(ArrayBuffer);
  });
});

describe('reg_params', () => {
  const expected = [
    { name: 'a', shape: [2] },
    { name: 'b', shape: [1, 2] },
  ];
  const omega = [f32Tensor('a', [2], Float32Array.of(0, 1)), f32Tensor('b', [1, 2], Float32Array.of(2, 3))];
  const file = async (more: readonly NamedTensor[] = []): Promise<ReturnType<typeof readWeightFile>> =>
    readWeightFile(
      await joinBytes(
        safetensorsSource([
          ...omega.map((tensor) => ({ ...tensor, name: `${tensor.name}/omega` })),
          ...omega.map((tensor) => ({ ...tensor, name: `${tensor.name}/init_val` })),
          ...more,
        ]),
      ),
      'x',
    );

  it('comes in as safetensors too', async () => {
    const { omega: found, namesInferred } = loadRegParams(await file(), expected, 'x');
    expect([...found].map(([name, values]) => [name, ...values])).toEqual([['a', 0, 1], ['b', 2, 3]]);
    expect(namesInferred).toBe(false);
  });

  it("adds the seed's unconsolidated prev_omega", async () => {
    const previous = omega.map((tensor) => ({ ...tensor, name: `${tensor.name}/prev_omega` }));
    const { omega: found, previousAdded } = loadRegParams(await file(previous), expected, 'x');
    expect(previousAdded).toBe(true);
    expect([...found.values()].map((values) => [...values])).toEqual([[0, 2], [4, 6]]);
  });

  it('leaves a head out and says so', async () => {
    const head = ['omega', 'init_val'].flatMap((part) => [
      f32Tensor(`classifier.6.weight/${part}`, [3, 2], new Float32Array(6)),
      f32Tensor(`classifier.6.bias/${part}`, [3], new Float32Array(3)),
    ]);
    expect(loadRegParams(await file(head), expected, 'x').leftOut).toEqual(['classifier.6.weight [3, 2]', 'classifier.6.bias [3]']);
  });

  it('is told from a model', async () => {
    expect(holdsRegParams(await file())).toBe(true);
    expect(holdsRegParams({ ...(await file()), tensors: omega })).toBe(false);
  });

  it('refuses an importance too many and one without an anchor', async () => {
    const more = await file([f32Tensor('c/omega', [1], new Float32Array(1))]);
    expect(() => loadRegParams(more, expected, 'x')).toThrow('x: does not fit the model: c/omega [1] is not part of the model.');
    const whole = await file();
    const short = whole.tensors.filter(({ name }) => name !== 'b/init_val');
    expect(() => loadRegParams({ ...whole, tensors: short }, expected, 'x')).toThrow('x: does not fit the model: b/init_val [1, 2] is missing.');
  });
});

describe('run files', () => {
  const written = async (): Promise<Uint8Array<ArrayBuffer>> => joinBytes(await writeRunFile({ json: { lambda: 3 }, tensors: [f32Tensor('w', [2], Float32Array.of(1, 2))] }));

  it('notice a flipped bit in any value', async () => {
    const bytes = await written();
    for (let at = bytes.length - 8; at < bytes.length; at++) {
      const hurt = bytes.slice();
      hurt[at]! ^= 1;
      expect(() => readRunFile(hurt, 'x')).toThrow(expect.objectContaining({ code: 'CRC_MISMATCH' }));
    }
  });

  it('are told from weights', async () => {
    expect(isRunMetadata(readWeightFile(await written(), 'x').metadata)).toBe(true);
    expect(isRunMetadata(readWeightFile(await joinBytes(safetensorsSource([], { format: 'pt' })), 'x').metadata)).toBe(false);
  });

  it('refuse weights alone and other versions', async () => {
    const weights = await joinBytes(safetensorsSource([], { format: 'pt' }));
    expect(() => readRunFile(weights, 'w.safetensors')).toThrow('w.safetensors: a safetensors file of weights, not a run of the lab.');
    const text = new TextDecoder('latin1').decode(await written()).replace('"mas-lab-run":"1"', '"mas-lab-run":"2"');
    const later = Uint8Array.from(text, (char) => char.charCodeAt(0));
    expect(() => readRunFile(later, 'x')).toThrow('x: a run file of version 2, this lab reads version 1.');
  });
});

it.each([0, 1, 2, 3])('values at any place in Node’s Buffer are read, %i bytes past a multiple of four', (offset) => {
  const values = Float32Array.of(1.5, -2, 3.25);
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(values.buffer)]).subarray(offset);
  expect(tensorFromBytes('x', 'F32', [3], bytes).data).toEqual(values);
});
