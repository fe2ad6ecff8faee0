/** PyTorch as a process beside ours, with the same weights and batch. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureTorchPython } from '../../scripts/setup/torch.mjs';
import { pythonNumber } from './python.ts';
import { headLayer } from '../../src/engine/model/spec.ts';
import { downloadNetwork } from '../../src/engine/network-state.ts';
import type { Subject } from './subject.ts';

export interface TorchPeer {
  /** "PyTorch 1.13.1", on CUDA with the GPU's name. */
  readonly name: string;
  /** Losses of the first steps from the start weights. */
  losses(steps: number): Promise<number[]>;
  /** Milliseconds a step, over `steps` of them; only the last loss is read, as {@link stepTime} does on our side. */
  stepTime(steps: number, threads: number): Promise<number>;
  close(): void;
}

/** Whether PyTorch finds a GPU. */
export async function hasCuda(): Promise<boolean> {
  return (await pythonNumber('import torch; print(int(torch.cuda.is_available()))', [])) === 1;
}

/** Starts PyTorch with the subject's network as it is now. */
export async function startTorch(subject: Subject, device: 'cpu' | 'cuda'): Promise<TorchPeer> {
  const python = await ensureTorchPython();
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  await writeNetwork(subject, folder);
  const child = spawn(python, [join(import.meta.dirname, '../peers/torch_step.py'), folder, device], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, unknown>> => {
    const { done, value } = await lines.next();
    if (done) throw new Error('PyTorch ended early (see its message above)');
    return JSON.parse(value) as Record<string, unknown>;
  };
  const ask = (request: object): Promise<Record<string, unknown>> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return read();
  };
  const { name } = await read();
  return {
    name: String(name),
    losses: async (steps) => (await ask({ kind: 'losses', steps, threads: 1 }))['losses'] as number[],
    stepTime: async (steps, threads) => (await ask({ kind: 'steps', steps, threads }))['stepMs'] as number,
    close: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

async function writeNetwork(subject: Subject, folder: string): Promise<void> {
  const { model, network, config, labels, batch } = subject;
  const host = await downloadNetwork(network);
  const [head] = host.heads;
  if (!head) throw new Error('the subject has no head');
  const tensors = new Map([...host.backbone, ...head]);
  const [count, height, width, channels] = batch.x.shape;
  tensors.set('x', { shape: [count, channels, height, width], values: channelsFirst(subject.pixels, batch.x.shape) });
  let offset = 0;
  const places = Object.fromEntries(
    [...tensors].map(([name, { shape, values }]) => {
      const place = { shape, offset };
      offset += values.length;
      return [name, place];
    }),
  );
  const layers = [...model.layers, headLayer(model, head.get('fc.bias')!.values.length)];
  const { learningRate, momentum } = config;
  writeFileSync(join(folder, 'network.json'), JSON.stringify({ layers, tensors: places, labels: [...labels], learningRate, momentum }));
  writeFileSync(join(folder, 'values.bin'), Buffer.concat([...tensors.values()].map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))));
}

/** NHWC → NCHW. */
function channelsFirst(values: Float32Array, [count, height, width, channels]: readonly [number, number, number, number]): Float32Array {
  const out = new Float32Array(values.length);
  const area = height * width;
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) out[(n * channels + c) * area + p] = values[(n * area + p) * channels + c]!;
    }
  }
  return out;
}
