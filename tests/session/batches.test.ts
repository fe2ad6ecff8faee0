import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { loadTask } from '../../src/data/image-set.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import type { DatasetReader, ImageDecoder, ImageSet } from '../../src/data/types.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { batchTensor, gatherItems, imageBatches } from '../../src/session/batches.ts';
import { useKernels } from '../helpers/backends.ts';

const MODEL = modelSpec('alexnet-224');
const none: ImageDecoder = { decode: () => Promise.reject(new Error('nothing to decode')) };

/** Grey digits of 28 pixels, as MNIST's. */
function digits(): DatasetReader {
  const random = createRandom(4, 'digits');
  const { info } = builtinReader();
  return {
    info: { ...info, id: 'digits', imageSize: 28, channels: 1, classes: [{ id: '0', name: '0', trainCount: 3, testCount: 1 }] },
    readClass: async (_classId, split) => {
      const count = split === 'train' ? 3 : 1;
      return {
        encoding: 'raw-u8', rawShape: [28, 28, 1], names: [],
        bytes: Uint8Array.from({ length: count * 784 }, () => random.below(256)),
        offsets: Uint32Array.from({ length: count + 1 }, (_, k) => 784 * k),
      };
    },
  };
}

async function trainSet(reader: DatasetReader, mayStaySmall: boolean): Promise<ImageSet> {
  const classes = reader.info.classes.slice(0, 2).map(({ id }) => ({ reader, classId: id }));
  return (await loadTask(classes, { size: 224, channels: 3, mayStaySmall, decoder: none })).train;
}

describe('batches of images that stayed small', () => {
  let small: ImageSet[];
  let large: ImageSet[];
  beforeAll(async () => {
    await useKernels({ backend: 'cpu', kernels: 'composed' });
    const readers = [builtinReader({ trainCount: 3, testCount: 1 }), digits()];
    small = await Promise.all(readers.map((reader) => trainSet(reader, true)));
    // The same digits again: a reader of its own, whose numbers begin anew.
    large = await Promise.all([readers[0]!, digits()].map((reader) => trainSet(reader, false)));
    expect([...small, ...large].map(({ shape: [side] }) => side)).toEqual([64, 28, 224, 224]);
  });

  const values = async (tensor: tf.Tensor): Promise<Float32Array> => {
    const data = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return data.slice();
  };

  it.each([
    { what: 'one task, as they are', items: [[0, 4], [0, 1]], side: 64 },
    { what: 'tasks of different sizes, fitted', items: [[0, 2], [1, 0], [0, 5], [1, 2]], side: 224 },
  ])('hold $what, and give the tensor of fitted images, augmented too', async ({ items, side }) => {
    const wanted = items.map(([task, index]) => ({ task: task!, index: index! }));
    for (const seed of [null, 7]) {
      const random = () => (seed === null ? null : createRandom(seed, 'augment'));
      const ofSmall = await gatherItems(MODEL, wanted, (t) => small[t]!);
      const ofLarge = await gatherItems(MODEL, wanted, (t) => large[t]!);
      expect([ofSmall.side, ofSmall.bytes.length, ofLarge.side]).toEqual([side, items.length * side * side * 3, 224]);
      expect(ofSmall.segments).toEqual(ofLarge.segments);
      expect(await values(batchTensor(MODEL, ofSmall, random()))).toEqual(await values(batchTensor(MODEL, ofLarge, random())));
    }
  });

  it('are tested on as fitted images are', async () => {
    const collect = async (set: ImageSet): Promise<Float32Array[]> => {
      const all: Float32Array[] = [];
      for await (const { x } of imageBatches(MODEL, set, [2, 0, 1], 2)) all.push(await values(x));
      return all;
    };
    expect(await collect(small[1]!)).toEqual(await collect(large[1]!));
  });
});
