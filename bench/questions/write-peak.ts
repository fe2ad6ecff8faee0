import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { assertAgree } from '../harness/agree.ts';
import type { BenchRow } from '../harness/row.ts';

export const question = 'How much memory does writing AlexNet’s 57 million shared weights take, the weights included?';

const MAX_MEMORY = 1.3;

export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  try {
    return (['pth', 'safetensors', 'pickle'] as const).map((format) => measure(format, join(folder, `alexnet.${format}`)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In a process of its own, so that its peak is the writing's alone. */
function measure(format: string, path: string): BenchRow {
  const printed = execFileSync(process.execPath, [...process.execArgv, join(import.meta.dirname, '../peers/write_weights.ts'), format, path], { encoding: 'utf8' });
  const { peakBytes, weightBytes } = JSON.parse(printed) as { peakBytes: number; weightBytes: number };
  const { tensors } = readWeightFile(readFileSync(path), path);
  // A pickle has an importance and an anchor of each weight, one after the other.
  const each = format === 'pickle' ? 2 : 1;
  assertAgree(`last values of ${format}`, tensors.map(({ data }) => Number(data[data.length - 1])), tensors.map((_, t) => Math.floor(t / each) + 1), 0);
  return {
    question: `${question} (.${format}${each === 2 ? ', with Ω and θ* of each' : ''})`,
    peer: each === 2 ? 'Ω and θ* in memory' : 'the weights in memory',
    ratio: peakBytes / weightBytes,
    aim: `≤ ${MAX_MEMORY}`,
    met: peakBytes / weightBytes <= MAX_MEMORY,
    ours: peakBytes / 1e6,
    theirs: weightBytes / 1e6,
    unit: 'MB',
    adapter: `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}`,
  };
}
