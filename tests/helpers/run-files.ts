import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors-read.ts';
import { runTorch } from './torch-python.ts';

/** Paths in the zip of a run of two tasks, sorted. */
export const TREE_OF_TWO_TASKS: readonly string[] = [
  'config.json',
  'metrics.csv',
  'metrics.json',
  'models/Task_1/class_names.txt',
  'models/Task_1/classes.txt',
  'models/Task_1/head.pth',
  'models/Task_1/head.safetensors',
  'models/Task_1/performance.txt',
  'models/Task_2/class_names.txt',
  'models/Task_2/classes.txt',
  'models/Task_2/head.pth',
  'models/Task_2/head.safetensors',
  'models/Task_2/performance.txt',
  'models/reg_params.pickle',
  'models/reg_params.safetensors',
  'models/shared_model.pth',
  'models/shared_model.safetensors',
];

/** Loads each file the way its users do, and prints the number of tensors in it. */
const LOAD = `
import pickle, sys, torch
for path in sys.argv[1:]:
    if path.endswith('.pth'):
        state = torch.load(path, weights_only=True)
    else:
        with open(path, 'rb') as file:
            state = pickle.load(file)
    tensors = [t for v in state.values() for t in (v.values() if isinstance(v, dict) else [v])]
    assert tensors and all(torch.isfinite(t).all() for t in tensors), path
    print(len(tensors))
`;

/**
 * Reads every file of a run's zip with its own reader: PyTorch for .pth and .pickle, the lab's for safetensors.
 * @throws where one of them does not parse, or is of a kind unknown here
 */
export function checkRunFiles(files: ReadonlyMap<string, Uint8Array>): void {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-run-'));
  try {
    const forTorch: string[] = [];
    for (const [path, bytes] of files) {
      if (/\.(pth|pickle)$/.test(path)) {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
        forTorch.push(file);
      } else {
        checkPlainFile(path, bytes);
      }
    }
    expect(runTorch(LOAD, forTorch).trim().split('\n')).toHaveLength(forTorch.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkPlainFile(path: string, bytes: Uint8Array): void {
  const text = (): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (path.endsWith('.safetensors')) {
    expect(readSafetensors(bytes, path).tensors.length, path).toBeGreaterThan(0);
  } else if (path.endsWith('.json')) {
    expect(JSON.parse(text()), path).toBeTypeOf('object');
  } else if (path.endsWith('.csv')) {
    const [header, ...rows] = text().trim().split(/\r?\n/).map((line) => line.split(',').length);
    expect(rows.length, path).toBeGreaterThan(0);
    for (const columns of rows) expect(columns, path).toBe(header);
  } else if (path.endsWith('.txt')) {
    expect(text().trim(), path).not.toBe('');
  } else {
    throw new Error(`a file of a kind that nobody promised: ${path}`);
  }
}
