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
import { runTorch } from '../helpers/torch-python.ts';
import { useVisitors } from '../helpers/visitors.ts';

const folder = mkdtempSync(join(tmpdir(), 'mas-lab-full-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('wasm'));

const visitors = useVisitors();
const model = fullModel(224);

/** Prints the logits of torchvision's AlexNet with the downloaded weights, and how many of them it has. */
const TORCH = `import sys, json, torch, torchvision
load = lambda path: torch.load(path, weights_only=True)
shared, head, images = map(load, sys.argv[1:])
net = torchvision.models.alexnet(num_classes=2)
net.load_state_dict({**shared, "classifier.6.weight": head["fc.weight"], "classifier.6.bias": head["fc.bias"]}, strict=True)
with torch.no_grad():
    print(json.dumps({"logits": net.eval()(images["x"]).tolist(), "weights": sum(t.numel() for t in shared.values())}))`;

it('loads strictly in torchvision and gives the lab’s logits on the reference images', async () => {
  const lab = await visitors.open({ model: 'alexnet-224', method: 'finetune', tasks: 1, classesPerTask: 2, epochs: 1, batch: 100, conv: 1, evalCap: 10 });
  await lab.trainToEnd();
  const take = async (button: string, name: string): Promise<string> => {
    const path = join(folder, name);
    copyFileSync(await lab.downloadFile(button), path);
    return path;
  };
  const [shared, head] = [await take('Shared model', 'shared_model.pth'), await take('Head of task 1', 'head.pth')];

  const { input } = referenceJson<FullExpected>('full', 'expected.json').cases['224'];
  const images = join(folder, 'images.pth');
  writeFileSync(images, joinBytes(pthSource([f32Tensor('x', input.shape, hashed(input).values)])));
  const torch = JSON.parse(runTorch(TORCH, [shared, head, images])) as { logits: number[][]; weights: number };
  expect(torch.weights).toBe(57_003_840);
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
