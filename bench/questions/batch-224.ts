import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '../../src/core/random.ts';
import { loadTask } from '../../src/data/image-set.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import type { ImageDecoder, ImageSet } from '../../src/data/types.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import type { ModelSpec } from '../../src/engine/model/spec.ts';
import { batchTensor, gatherItems } from '../../src/session/batches.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { pythonNumber } from '../harness/python.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { useBackend, useGpu } from '../harness/subject.ts';

export const question = 'How long do 64 decoded pictures of 64 pixels take to become an augmented batch of 224 pixels?';

const BATCH = 64;
const BATCHES = 5;
const ROUNDS = 7;
/** The same by what PyTorch's users do: pad, cut and mirror after enlarging, as the lab does. */
const TORCHVISION = `
import time, torch
from PIL import Image
from torchvision import transforms
prepare = transforms.Compose([
    transforms.Resize(224), transforms.RandomCrop(224, padding=28), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
pictures = [Image.frombytes('RGB', (64, 64), torch.randint(0, 256, (64 * 64 * 3,), dtype=torch.uint8).numpy().tobytes()) for _ in range(${BATCH})]
def batch():
    return torch.stack([prepare(picture) for picture in pictures])
batch()
start = time.perf_counter()
for _ in range(${BATCHES}):
    batch()
print((time.perf_counter() - start) * 1000 / ${BATCHES})
`;

/** Read where kernels run behind the program's back: then all of them are there. */
async function oneNumberOf(x: tf.Tensor4D): Promise<void> {
  const first = tf.slice(x, [0, 0, 0, 0], [1, 1, 1, 1]);
  await first.data();
  first.dispose();
}

/** Prints a checksum of what torchvision makes of the one picture in a file: place by place, so that no two values can be swapped. */
const ENLARGED = `
import sys, torch
from PIL import Image
from torchvision import transforms
prepare = transforms.Compose([transforms.Resize(224), transforms.ToTensor(), transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
with open(sys.argv[1], 'rb') as file:
    values = prepare(Image.frombytes('RGB', (64, 64), file.read())).permute(1, 2, 0).reshape(-1).double()
print(repr(float((values * (torch.arange(len(values)) % 1009)).sum())))
`;

/** The same of ours. */
async function checksum(model: ModelSpec, train: ImageSet): Promise<number> {
  const x = batchTensor(model, await gatherItems(model, [{ task: 0, index: 0 }], () => train), null);
  const values = Float32Array.from(await x.data());
  x.dispose();
  return values.reduce((sum, value, i) => sum + value * (i % 1009), 0);
}

async function torchvisionChecksum(train: ImageSet): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  try {
    const picture = new Uint8Array(64 * 64 * 3);
    await train.gather([0], picture);
    writeFileSync(join(folder, 'picture'), picture);
    return await pythonNumber(ENLARGED, [join(folder, 'picture')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const unused: ImageDecoder = { decode: () => Promise.reject(new Error('nothing to decode')) };

export async function* run(): AsyncIterable<BenchRow> {
  const reader = builtinReader({ trainCount: BATCH / 2, testCount: 1 });
  const model = modelSpec('alexnet-224');
  const { size, channels } = model.input;
  const classes = reader.info.classes.slice(0, 2).map(({ id }) => ({ reader, classId: id }));
  const { train } = await loadTask(classes, { size, channels, mayStaySmall: true, decoder: unused });
  const items = Array.from({ length: BATCH }, (_, index) => ({ task: 0, index }));
  const prepare = async (): Promise<void> => {
    const x = batchTensor(model, await gatherItems(model, items, () => train), createRandom(1, 'augment'));
    if (tf.getBackend() === 'webgpu') await oneNumberOf(x);
    x.dispose();
  };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    for (let b = 0; b < BATCHES; b++) await prepare();
    return (performance.now() - start) / BATCHES;
  };
  for (const start of [() => useBackend('wasm'), useGpu]) {
    const device = await start();
    if (!device) continue;
    assertAgree('an enlarged picture', [await checksum(model, train)], [await torchvisionChecksum(train)], 1e-9);
    const comparison = await alternate(ours, () => pythonNumber(TORCHVISION, []), ROUNDS);
    yield rowOf(question, 'torchvision', { kind: 'speed', bound: 1 }, comparison, device.adapter);
  }
}
