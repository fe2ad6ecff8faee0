/** Files that the page gave, in real PyTorch and back on the page. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bytesOf, toFloat32 } from '../../src/formats/named-tensors.ts';
import { readSafetensors } from '../../src/formats/safetensors-read.ts';
import { TINY } from '../helpers/lab-page.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { useVisitors } from '../helpers/visitors.ts';
import { openZip } from '../helpers/zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'mas-lab-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads a downloaded tree as its users do; prints the SHA-256 of every tensor under the names that safetensors has. */
const LOAD = `import sys, os, json, hashlib, pickle, torch
models, examples = sys.argv[1:]
sys.path.insert(0, examples)
from use_lab_files import build_alexnet
load = lambda name: torch.load(os.path.join(models, name), weights_only=True)
digest = lambda t: [list(t.shape), hashlib.sha256(t.detach().float().contiguous().numpy().tobytes()).hexdigest()]
shared = load("shared_model.pth")
heads = [load("Task_%d/head.pth" % k) for k in (1, 2)]
for head in heads:
    whole = {**shared, "classifier.6.weight": head["fc.weight"], "classifier.6.bias": head["fc.bias"]}
    build_alexnet(whole, head["fc.bias"].numel()).load_state_dict(whole, strict=True)
with open(os.path.join(models, "reg_params.pickle"), "rb") as file:
    reg = pickle.load(file)
assert list(reg) == list(shared), "importances of all shared weights, in their order"
assert all(torch.equal(reg[n]["init_val"], shared[n]) and (reg[n]["omega"] >= 0).all() for n in reg)
flat = {"%s/%s" % (n, part): t for n, entry in reg.items() for part, t in entry.items()}
named = {"shared_model": shared, "reg_params": flat, "Task_1/head": heads[0], "Task_2/head": heads[1]}
print(json.dumps({file: {n: digest(t) for n, t in tensors.items()} for file, tensors in named.items()}))`;

const visitors = useVisitors();

it('a downloaded run loads strictly in PyTorch, tensor for tensor the safetensors beside it, and comes back as a run', async () => {
  const lab = await visitors.open(TINY);
  await lab.trainToEnd();
  const told = (text: string): Promise<void> => lab.page.getByRole('note').filter({ hasText: text }).waitFor();
  const archive = await lab.downloadArchive();
  const files = await openZip(archive);
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const printed = runTorch(LOAD, [join(folder, 'models'), join(import.meta.dirname, '../../examples/pytorch')]);
  const inTorch = JSON.parse(printed) as Record<string, Record<string, [number[], string]>>;
  for (const [name, tensors] of Object.entries(inTorch)) {
    const found = readSafetensors(files.get(`models/${name}.safetensors`)!, name).tensors;
    const described = found.map((tensor) => [tensor.name, [tensor.shape, createHash('sha256').update(bytesOf(toFloat32(tensor))).digest('hex')]]);
    expect(Object.fromEntries(described), name).toEqual(tensors);
  }

  writeFileSync(join(folder, 'tree.zip'), archive);
  await lab.button('Reset').click();
  await lab.importFiles([join(folder, 'tree.zip')]);
  await told('2 of 2 tasks finished');
  await lab.says('All tasks trained');
  const { accuracyMatrix } = JSON.parse(new TextDecoder().decode(files.get('metrics.json'))) as { accuracyMatrix: number[][] };
  expect((await lab.metrics()).accuracyMatrix[1]).toEqual(accuracyMatrix[1]);

  await lab.button('Reset').click();
  await lab.importFiles([join(folder, 'models/shared_model.pth')]);
  await told('The next run starts from them');
  expect(new URL(lab.page.url()).searchParams.get('weights')).toMatch(/^[0-9a-f]{64}$/);
});
