/** `examples/pytorch/use_lab_files.py` does with a run's files what its README says. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { f32Tensor } from '../../src/formats/named-tensors.ts';
import { loadBackbone, loadHead } from '../../src/formats/state-dict.ts';
import type { RunFiles } from '../../src/formats/tree.ts';
import { runTree } from '../../src/formats/tree.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { runTorch, torchPython } from '../helpers/torch-python.ts';
import { temporaryFolder, writeSource } from './folders.ts';

const SCRIPT = join(import.meta.dirname, '../../examples/pytorch/use_lab_files.py');
const folder = temporaryFolder();
const run = join(folder, 'run');
const OLD = join(folder, 'old');
const NEW = join(folder, 'new');
/** The most important weight, planted. */
const PLANTED = { name: 'features.3.weight', index: [5, 7, 2, 1], value: 1234.5 };

/** The compact network (`src/engine/model/models.ts`) with random weights. */
const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ['features.0', [32, 3, 5, 5]],
  ['features.3', [64, 32, 5, 5]],
  ['features.6', [96, 64, 3, 3]],
  ['features.8', [64, 96, 3, 3]],
  ['features.10', [64, 64, 3, 3]],
  ['classifier.1', [256, 2304]],
  ['classifier.4', [256, 256]],
];

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

function sharedWeights(): NamedTensor[] {
  return SHAPES.flatMap(([layer, shape]) => {
    const random = createRandom(7, layer);
    const scale = Math.sqrt(2 / product(shape.slice(1)));
    const weight = Float32Array.from({ length: product(shape) }, () => scale * random.normal());
    return [f32Tensor(`${layer}.weight`, shape, weight), f32Tensor(`${layer}.bias`, [shape[0]!], new Float32Array(shape[0]!))];
  });
}

/** Ω: large in the first half of every parameter, zero in the second. */
function importances(shared: readonly NamedTensor[]): NamedTensor[] {
  return shared.map(({ name, shape, data }) => {
    const omega = Float32Array.from({ length: data.length }, (_, i) => (i < data.length / 2 ? 1000 : 0));
    if (name === PLANTED.name) omega[((5 * 32 + 7) * 5 + 2) * 5 + 1] = PLANTED.value;
    return f32Tensor(name, shape, omega);
  });
}

function useLabFiles(...args: readonly string[]): string {
  return useFilesOf(run, ...args);
}

function useFilesOf(folderOfRun: string, ...args: readonly string[]): string {
  const result = spawnSync(torchPython(), [SCRIPT, folderOfRun, ...args], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`The script failed: ${result.stderr}`);
  return result.stdout;
}

describe('use_lab_files.py', () => {
  const shared = sharedWeights();
  const random = createRandom(8, 'head');
  const head = {
    weight: f32Tensor('fc.weight', [2, 256], Float32Array.from({ length: 512 }, () => random.normal() / 16)),
    // Always the second class, so that the accuracy tells whether folders and rows are matched rightly.
    bias: f32Tensor('fc.bias', [2], Float32Array.of(0, 1000)),
  };

  beforeAll(async () => {
    const files: RunFiles = {
      shared,
      omega: importances(shared),
      anchor: shared,
      heads: [{ task: 0, classes: [{ id: 'n1', name: 'reddish' }, { id: 'n2', name: 'bluish' }], ...head, accuracyThen: 0.5 }],
      config: { model: 'alexnet-compact' },
      metrics: {},
      accuracyMatrix: [[0.5]],
    };
    for (const { path, content } of runTree(files)) await writeSource(run, path, content);
    runTorch(
      `import sys, os
from PIL import Image
import random
random.seed(3)
for folder, classes in ((sys.argv[1], {"n1": (200, 40, 40), "bluish": (40, 40, 200)}), (sys.argv[2], {"green": (40, 200, 40), "grey": (120, 120, 120)})):
    for name, colour in classes.items():
        os.makedirs(os.path.join(folder, name))
        for k in range(3 if name == "bluish" else 6):
            image = Image.new("RGB", (64 + 4 * k, 64), colour)
            for _ in range(300):
                image.putpixel((random.randrange(64), random.randrange(64)), tuple(random.randrange(256) for _ in range(3)))
            image.save(os.path.join(folder, name, "%d.png" % k))`,
      [OLD, NEW],
    );
  });

  it('evaluates with the head’s classes and names the most important weights', () => {
    const printed = useLabFiles('--images', OLD, '--top', '3');
    const count = [...shared, head.weight, head.bias].reduce((sum, { data }) => sum + data.length, 0);
    expect(printed).toContain(`task 1: ${count.toLocaleString('en')} parameters, 64 x 64 pixels`);
    expect(printed).toContain('accuracy 0.3333 on 9 images');
    expect(printed).toContain('the 3 most important weights');
    expect(printed).toMatch(/1234\s+features\.3\.weight\[5, 7, 2, 1\]/);
    expect(printed).toMatch(/features\.3\.weight\s+500/);
  });

  it('goes on training: what is important stays, what is not moves, and the result comes back', () => {
    const out = join(folder, 'out');
    const printed = useLabFiles('--images', OLD, '--train', NEW, '--lam', '1e6', '--epochs', '2', '--out', out);
    expect(printed).toMatch(/new task: green, grey\nepoch 1\/2 {2}cross-entropy \d/);
    expect(printed).toMatch(/task 1 now [01]\.\d{4}, forgotten -?[01]\.\d{4}/);

    const read = (name: string): ReturnType<typeof readWeightFile> => readWeightFile(new Uint8Array(readFileSync(join(out, name))), name);
    const expected = shared.map(({ name, shape }) => ({ name, shape }));
    const { weights } = loadBackbone(read('shared_model.pth'), expected, 'shared_model.pth');
    expect(loadHead(read('head.pth'), 256, 'head.pth').classes).toBe(2);
    for (const { name, data } of shared) {
      const half = Math.ceil(data.length / 2);
      const moved = (from: number, to: number): number => {
        let most = 0;
        for (let i = from; i < to; i++) most = Math.max(most, Math.abs(weights.get(name)![i]! - Number(data[i])));
        return most;
      };
      expect(moved(0, half), name).toBeLessThan(1e-6);
      expect(moved(half, data.length), name).toBeGreaterThan(1e-5);
    }
  });

  it('goes on with a run without importances, and says so', () => {
    const bare = join(folder, 'bare');
    cpSync(run, bare, { recursive: true });
    rmSync(join(bare, 'models/reg_params.pickle'));
    const printed = useFilesOf(bare, '--images', OLD, '--train', NEW, '--epochs', '1');
    expect(printed).toContain('this run has no importances');
    expect(printed).toMatch(/task 1 now [01]\.\d{4}/);
  });

  it('says which folder is no class of the task', () => {
    const result = spawnSync(torchPython(), [SCRIPT, run, '--images', NEW], { encoding: 'utf8' });
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain('No class of this task is called green, grey; there are n1, n2.');
  });
});
