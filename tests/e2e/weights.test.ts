/** Files that the page gave, in real PyTorch and back on the page. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bytesOf, toFloat32 } from '../../src/formats/named-tensors.ts';
import { readSafetensors } from '../../src/formats/safetensors-read.ts';
import { TINY } from '../helpers/lab-page.ts';
import { sharedPath } from '../helpers/shared.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { useVisitors } from '../helpers/visitors.ts';
import { openZip } from '../helpers/zip.ts';
import { beginInTorch, CLASSES, FINISHED } from '../interop/begun-sequence.ts';

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

it('weights come by address, are listed by name, are what a run starts from, and go', async () => {
  const donor = await visitors.open(TINY);
  await donor.trainToEnd();
  const path = await donor.downloadFile('Shared model');
  const server = createServer((request, response) => {
    // A browser asks before it asks for ranges of another site.
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', 'range');
    if (request.url !== '/files/pretrained.pth') response.writeHead(404).end();
    else response.end(request.method === 'OPTIONS' ? '' : readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  try {
    const lab = await visitors.open(TINY);
    const { page } = lab;
    await page.getByRole('button', { name: 'Data', exact: true }).click();
    const stored = page.getByRole('region', { name: 'Starting weights' });
    await stored.getByText('None yet.').waitFor();
    const address = page.getByRole('textbox', { name: 'From an address' });
    const open = async (name: string): Promise<void> => {
      await address.fill(`http://localhost:${(server.address() as AddressInfo).port}/files/${name}`);
      await page.getByRole('button', { name: 'Import', exact: true }).click();
    };
    await open('pretrained.pth');
    await stored.getByText('pretrained.pth').waitFor();
    const starting = lab.page.getByRole('combobox', { name: 'Starting weights' });
    expect(await starting.locator('option:checked').textContent()).toMatch(/^pretrained\.pth \([0-9a-f]{8}…\)$/);

    await page.keyboard.press('Escape');
    await lab.trainToEnd();
    const config = JSON.parse(readFileSync(await lab.downloadFile('Settings'), 'utf8')) as { initialWeights: string };
    expect(config.initialWeights).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));

    await lab.button('Reset').click();
    await page.getByRole('button', { name: 'Data', exact: true }).click();
    await stored.getByRole('button', { name: 'Delete' }).click();
    await stored.getByRole('button', { name: 'Delete' }).click();
    await stored.getByText('None yet.').waitFor();
    expect(await starting.count()).toBe(0);

    await open('other.pth');
    await lab.alert().filter({ hasText: 'other.pth' }).waitFor();
    // Chromium logs what the server refused.
    lab.faults.splice(0);
  } finally {
    server.close();
  }
});

it('a run travels: what another browser learns after it is what this one learns', async () => {
  const here = await visitors.open(TINY);
  await here.enabled('Train task');
  await here.button('Train task').click();
  await here.enabled('Train task');
  const file = join(folder, 'travelling.maslab');
  copyFileSync(await here.downloadFile('Whole run'), file);
  await here.trainToEnd();
  const there = await visitors.open({ tasks: 3 });
  await there.importFiles([file]);
  await there.page.getByRole('note').filter({ hasText: '1 of 2 tasks finished' }).waitFor();
  await there.trainToEnd();
  for (const name of ['Shared model', 'Importances', 'Head of task 1']) {
    const [ours, theirs] = [readFileSync(await here.downloadFile(name)), readFileSync(await there.downloadFile(name))];
    expect(ours.equals(theirs), `${name}, bit for bit`).toBe(true);
  }
  expect((await there.metrics()).accuracyMatrix).toEqual((await here.metrics()).accuracyMatrix);
});

it('a sequence begun in PyTorch goes on in the page', async () => {
  const { archive, accuracy } = await beginInTorch(join(folder, 'begun'));
  writeFileSync(join(folder, 'begun.zip'), archive);
  const lab = await visitors.open({ tasks: FINISHED + 1, classesPerTask: CLASSES, split: 'ordered', epochs: 1, importanceImages: 8, method: 'mas' });
  await lab.enabled('Train all tasks');
  await lab.importFiles([sharedPath('data/tiny-imagenet-mini.zip')]);
  await lab.says(/is ready/);
  await lab.select('Dataset').selectOption({ index: 1 });
  await lab.enabled('Train all tasks');
  await lab.importFiles([join(folder, 'begun.zip')]);
  const percents = accuracy.map((value, k) => `task ${k + 1} ${(100 * value).toFixed(1)} %`).join(', ');
  await lab.page.getByRole('note').filter({ hasText: percents }).filter({ hasText: 'matched by their order' }).waitFor();
  await lab.trainToEnd();
  const { accuracyMatrix } = await lab.metrics();
  expect(accuracyMatrix[FINISHED - 1]!.slice(0, FINISHED)).toEqual(accuracy);
  expect(accuracyMatrix[FINISHED]!.every((value) => value !== null)).toBe(true);

  // Somebody's head: measured on the tasks that have as many classes, and nothing changes.
  await lab.importFiles([join(folder, 'begun/models/Task_1/head.pth')]);
  await lab.page.getByRole('note').filter({ hasText: /a head of 5 classes.*Nothing was changed/ }).waitFor();
  expect((await lab.metrics()).accuracyMatrix).toEqual(accuracyMatrix);
});
