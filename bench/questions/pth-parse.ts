import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTorchPython } from '../../scripts/setup/torch.mjs';
import { createRandom } from '../../src/core/random.ts';
import { torchShape } from '../../src/engine/model/layout.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { backboneParams, headLayer, layerParams } from '../../src/engine/model/spec.ts';
import { elementCount, f32Tensor } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import type { BenchRow } from '../harness/row.ts';

export const question = 'How long, and how much memory, does parsing torchvision’s AlexNet take (a generated .pth of 244 MB, checksums included)?';

const ROUNDS = 5;
const MAX_MS = 1500;
const MAX_MEMORY = 1.2;

interface Reading {
  readonly elapsedMs: number;
  readonly values: number;
  /** Last value of every tensor. */
  readonly last: readonly number[];
}

export async function run(): Promise<BenchRow[]> {
  const python = await ensureTorchPython();
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  try {
    const path = join(folder, 'alexnet.pth');
    await writeAlexNet(path);
    return await measure(path, python);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(path: string, python: string): Promise<BenchRow[]> {
  const fileBytes = statSync(path).size;
  const peaks: number[] = [];
  // A process of its own per reading: nothing is warm, and its peak memory is the reading's alone.
  const ours = (): Reading => {
    const reading = readingOf(process.execPath, [...process.execArgv, join(import.meta.dirname, '../peers/read_weights.ts'), path]);
    peaks.push(reading.peakBytes);
    return reading;
  };
  const theirs = (): Reading & { version: string } => readingOf(python, [join(import.meta.dirname, '../peers/torch_load.py'), path]);
  const [first, peer] = [ours(), theirs()];
  assertAgree('last values', [first.values, ...first.last], [peer.values, ...peer.last], 0);
  const comparison = await alternate(async () => ours().elapsedMs, async () => theirs().elapsedMs, ROUNDS);
  const adapter = `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}`;
  const peak = Math.max(...peaks);
  return [
    {
      question: `${question} Time, from bytes in memory`,
      peer: `torch.load of PyTorch ${peer.version}, which checks no checksums`,
      ratio: comparison.ratio.median,
      aim: `≤ ${MAX_MS} ms`,
      met: comparison.ours.median <= MAX_MS,
      ours: comparison.ours.median,
      theirs: comparison.theirs.median,
      unit: 'ms',
      adapter,
      spread: { ours: comparison.ours.quartiles, theirs: comparison.theirs.quartiles, ratio: comparison.ratio.quartiles },
    },
    {
      question: `${question} Peak memory, the file included`,
      peer: 'the file',
      ratio: peak / fileBytes,
      aim: `≤ ${MAX_MEMORY}`,
      met: peak / fileBytes <= MAX_MEMORY,
      ours: peak / 1e6,
      theirs: fileBytes / 1e6,
      unit: 'MB',
      adapter,
    },
  ];
}

function readingOf<T extends Reading & { peakBytes: number; version: string }>(command: string, args: readonly string[]): T {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as T;
}

/** alexnet-224 with a head of 1000 classes: torchvision's ImageNet file. */
async function writeAlexNet(path: string): Promise<void> {
  const model = modelSpec('alexnet-224');
  const random = createRandom(1, 'pth-parse');
  const params = [...backboneParams(model), ...layerParams({ ...headLayer(model, 1000), name: 'classifier.6' })];
  const tensors = params.map((param) => {
    const shape = torchShape(param);
    const values = new Float32Array(elementCount(shape));
    for (let i = 0; i < values.length; i++) values[i] = random.uniform() - 0.5;
    return f32Tensor(param.name, shape, values);
  });
  writeFileSync(path, '');
  for await (const chunk of pthSource(tensors).chunks()) writeFileSync(path, chunk, { flag: 'a' });
}
