/** The full AlexNet, trained and downloaded on the page, in torchvision's own class. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { headForward } from '../../src/engine/head.ts';
import { torchShape } from '../../src/engine/model/layout.ts';
import { deviceParams, type Params } from '../../src/engine/model/params.ts';
import { backboneParams, type ParamSpec } from '../../src/engine/model/spec.ts';
import { disposeTrace, forward } from '../../src/engine/network.ts';
import { headParams } from '../../src/engine/network-state.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { f32Tensor, toFloat32 } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { useBackend } from '../helpers/backends.ts';
import { fullInput, fullModel, hashed, type FullExpected } from '../helpers/full-network.ts';
import { expectClose, referenceJson, TOLERANCE } from '../helpers/reference.ts';
import { sharedPath } from '../helpers/shared.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { useVisitors } from '../helpers/visitors.ts';

const folder = mkdtempSync(join(tmpdir(), 'mas-lab-full-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('wasm'));

const visitors = useVisitors();
const model = fullModel(224);

/** Prints the logits of torchvision's AlexNet with the downloaded weights, how many they are, and how many have importance. */
const TORCH = `import sys, json, pickle, torch, torchvision
load = lambda path: torch.load(path, weights_only=True)
shared, head, images = map(load, sys.argv[1:4])
with open(sys.argv[4], "rb") as file:
    reg = pickle.load(file)
assert list(reg) == list(shared)
assert all(torch.equal(reg[n]["init_val"], shared[n]) and (reg[n]["omega"] >= 0).all() for n in reg)
net = torchvision.models.alexnet(num_classes=2)
net.load_state_dict({**shared, "classifier.6.weight": head["fc.weight"], "classifier.6.bias": head["fc.bias"]}, strict=True)
with torch.no_grad():
    print(json.dumps({"logits": net.eval()(images["x"]).tolist(), "weights": sum(t.numel() for t in shared.values()), "important": sum(int((reg[n]["omega"] > 0).sum()) for n in reg)}))`;

it('loads strictly in torchvision and gives the lab’s logits on the reference images', async () => {
  const lab = await visitors.open({ model: 'alexnet-224', method: 'mas', tasks: 1, classesPerTask: 2, epochs: 1, batch: 8, importanceImages: 4 });
  await lab.enabled('Train all tasks');
  // A dozen images: one step of so large a network takes a processor long enough.
  await lab.importFiles([sharedPath('data/corrupt/good.zip')]);
  await lab.page.getByRole('status').filter({ hasText: 'is ready.' }).waitFor();
  await lab.select('Dataset').selectOption({ index: 1 });
  await lab.trainToEnd();
  const take = async (button: string, name: string): Promise<string> => {
    const path = join(folder, name);
    copyFileSync(await lab.downloadFile(button), path);
    return path;
  };
  const shared = await take('Shared model', 'shared_model.pth');
  const head = await take('Head of task 1', 'head.pth');
  const importances = await take('Importances', 'reg_params.pickle');

  const { input } = referenceJson<FullExpected>('full', 'expected.json').cases['224'];
  const images = join(folder, 'images.pth');
  writeFileSync(images, await joinBytes(pthSource([f32Tensor('x', input.shape, hashed(input).values)])));
  const torch = JSON.parse(runTorch(TORCH, [shared, head, images, importances])) as { logits: number[][]; weights: number; important: number };
  expect(torch.weights).toBe(57_003_840);
  expect(torch.important).toBeGreaterThan(1000);
  expectClose('logits', await labLogits(shared, head), torch.logits.flat(), TOLERANCE.forward);
});

async function labLogits(shared: string, head: string): Promise<Float32Array> {
  const x = fullInput(referenceJson<FullExpected>('full', 'expected.json').cases['224']);
  const trace = forward(model, paramsOf(shared, backboneParams(model)), x, { keepFrom: model.layers.length, dropoutSeed: null });
  const logits = headForward(paramsOf(head, headParams(model, 2)), trace.features);
  const values = (await logits.data()) as Float32Array;
  disposeTrace(trace, x);
  return values;
}

function paramsOf(path: string, params: readonly ParamSpec[]): Params {
  const { tensors } = readWeightFile(new Uint8Array(readFileSync(path)), path);
  const host = params.map((param) => {
    const tensor = tensors.find(({ name }) => name === param.name);
    if (!tensor) throw new Error(`${path} has no ${param.name}`);
    return [param.name, { shape: torchShape(param), values: toFloat32(tensor) }] as const;
  });
  return deviceParams(new Map(host), params, model);
}
