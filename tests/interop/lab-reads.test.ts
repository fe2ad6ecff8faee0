/** The lab reads what real PyTorch writes, freshly, in all its ways. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesOf, toFloat32 } from '../../src/formats/named-tensors.ts';
import { loadBackbone } from '../../src/formats/state-dict.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { temporaryFolder } from './folders.ts';

const folder = temporaryFolder();

/** Writes one object in several ways and prints, for each file, dtype, shape and SHA-256 of every tensor as float32. */
const WRITE = `import sys, os, json, hashlib, io, pickle, torch
from collections import OrderedDict
torch.manual_seed(5)
base = torch.randn(5, 7, 3)
tensors = OrderedDict(
    plain=base, transposed=base.permute(2, 0, 1), window=base[1:4, ::2, 1], expanded=base[:, :1].expand(5, 4, 3),
    half=base.half(), bf16=base.bfloat16().transpose(0, 2), double=base.double(),
    last=torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last), scalar=torch.tensor(2.5), empty=torch.zeros(3, 0),
    tied=base, parameter=torch.nn.Parameter(base[0]))
describe = lambda t: [str(t.dtype), list(t.shape), hashlib.sha256(t.detach().float().contiguous().numpy().tobytes()).hexdigest()]
out = {}
def wrote(name, make):
    with open(os.path.join(sys.argv[1], name), "wb") as f:
        make(f)
    out[name] = {k: describe(v) for k, v in tensors.items()}
wrote("zip.pth", lambda f: torch.save(tensors, f))
wrote("legacy.pth", lambda f: torch.save(tensors, f, _use_new_zipfile_serialization=False))
wrote("protocol4.pth", lambda f: torch.save(tensors, f, pickle_protocol=4))
for protocol in (2, 3, 4, 5):
    wrote("p%d.pickle" % protocol, lambda f: pickle.dump(dict(tensors), f, protocol=protocol))
print(json.dumps(out))`;

it('in both layouts and every protocol, strided, shared, half and double', () => {
  const written = JSON.parse(runTorch(WRITE, [folder])) as Record<string, Record<string, [string, number[], string]>>;
  expect(Object.keys(written)).toHaveLength(7);
  for (const [name, expected] of Object.entries(written)) {
    const { tensors } = readWeightFile(new Uint8Array(readFileSync(join(folder, name))), name);
    const found = tensors.map((tensor) => [
      tensor.name,
      [
        { F32: 'torch.float32', F64: 'torch.float64', F16: 'torch.float16', BF16: 'torch.bfloat16' }[tensor.dtype as string],
        tensor.shape,
        createHash('sha256').update(bytesOf(toFloat32(tensor))).digest('hex'),
      ],
    ]);
    expect([name, Object.fromEntries(found)]).toEqual([name, expected]);
  }
});

it('takes the backbone of torchvision’s own AlexNet and hands back its head', () => {
  const path = join(folder, 'alexnet.pth');
  runTorch('import sys, torch, torchvision\ntorch.save(torchvision.models.alexnet(num_classes=1000).state_dict(), sys.argv[1])', [path]);
  const file = readWeightFile(new Uint8Array(readFileSync(path)), 'alexnet.pth');
  const expected = file.tensors.filter(({ name }) => !name.startsWith('classifier.6')).map(({ name, shape }) => ({ name, shape }));
  const { weights, head } = loadBackbone(file, expected, 'alexnet.pth');
  expect([...weights.values()].reduce((sum, { length }) => sum + length, 0)).toBe(57_003_840);
  expect(head.map(({ name, shape }) => [name, shape])).toEqual([
    ['fc.weight', [1000, 4096]],
    ['fc.bias', [1000]],
  ]);
});
