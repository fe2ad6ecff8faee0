/**
 * The nearest plausible mistakes (reference README, section 4), each put in deliberately: the comparison that accepts the right
 * numbers must reject them for every tensor. What no test rejects is not tested.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { headForward, headInputGradient } from '../../src/engine/head.ts';
import { measureImportance, type ImportanceRule } from '../../src/engine/importance/output-importance.ts';
import { AnchoredPenalty } from '../../src/engine/methods/anchored-penalty.ts';
import { Lwf } from '../../src/engine/methods/lwf.ts';
import { Mas } from '../../src/engine/methods/mas.ts';
import { Si } from '../../src/engine/methods/si.ts';
import { copyParams, type Params } from '../../src/engine/model/params.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { backward, disposeTrace, forward, weightGradient } from '../../src/engine/network.ts';
import type { NetworkState } from '../../src/engine/network-state.ts';
import { Trainer } from '../../src/engine/trainer.ts';
import { anchorPenalty, sgdUpdate, softmaxCrossEntropy, type PerImage } from '../../src/kernels/ops.ts';
import { BACKENDS, useBackend } from '../helpers/backends.ts';
import { expectClose, referenceJson, referenceTensors, TOLERANCE } from '../helpers/reference.ts';
import { int32, need, SMALL, SMALL_TRAINED, smallHead, smallInput, smallNetwork, torchValues } from '../helpers/small-network.ts';

const PARAMS = backboneParams(SMALL);
const IMPORTANCE = referenceTensors('small', 'importance.safetensors');

/** Tensors by name, in PyTorch's order. */
async function values(params: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Float32Array>> {
  const out = new Map<string, Float32Array>();
  for (const param of PARAMS) out.set(param.name, await torchValues(param, params.get(param.name)!));
  return out;
}

function scaled(all: ReadonlyMap<string, Float32Array>, factor: number): Map<string, Float32Array> {
  return new Map([...all].map(([name, part]) => [name, part.map((value) => value * factor)]));
}

type Expected = (name: string) => ArrayLike<number>;

function expectAccepted(found: ReadonlyMap<string, Float32Array>, expected: Expected, tolerance: number): void {
  for (const [name, part] of found) expectClose(name, part, expected(name), tolerance);
}

/** @param only tensors in which the mistake shows; all unless given */
function expectRejected(found: ReadonlyMap<string, Float32Array>, expected: Expected, tolerance: number, only: readonly string[] = [...found.keys()]): void {
  for (const name of only) expect(() => expectClose(name, found.get(name)!, expected(name), tolerance), `${name} was accepted`).toThrow();
}

const reference = (group: string): Expected => (name) => need(IMPORTANCE, `${group}/${name}`).values;

async function importance(rule: ImportanceRule, sizes: readonly number[]): Promise<Map<string, Float32Array>> {
  const network = smallNetwork('weights_task1.safetensors');
  let start = 0;
  const batches = sizes.map((size) => smallInput('task1', start, (start += size)));
  return values(await measureImportance({ model: SMALL, backbone: network.backbone, head: network.heads[0]!, trained: SMALL_TRAINED, rule, batches }));
}

/** Gradients of task 1's images with dlogits as given, reduced over images. */
async function gradients(direction: (logits: tf.Tensor2D, labels: Int32Array) => tf.Tensor2D, perImage: PerImage): Promise<Map<string, Float32Array>> {
  const network = smallNetwork('weights_task1.safetensors');
  const { x, labels } = smallInput('task1');
  const trace = forward(SMALL, network.backbone, x, { keepFrom: 0, dropoutSeed: null });
  const found = new Map<string, tf.Tensor>();
  const dFeatures = headInputGradient(network.heads[0]!, direction(headForward(network.heads[0]!, trace.features), labels));
  backward(SMALL, network.backbone, trace, dFeatures, SMALL_TRAINED, perImage, (name, gradient) => found.set(name, gradient));
  disposeTrace(trace, x);
  return values(found);
}

const likelihood = (logits: tf.Tensor2D, labels: Int32Array): tf.Tensor2D => softmaxCrossEntropy(logits, int32(labels), 1).dlogits;

interface SgdVariant {
  readonly lambda?: number;
  readonly rule?: ImportanceRule;
  readonly batches?: readonly number[];
  readonly outside?: boolean;
}

/** Movements of the backbone over six steps of task 2 with one thing done otherwise. */
async function movements(momentum: number, { lambda = 1, rule = { kind: 'global' }, batches = [16], outside = false }: SgdVariant): Promise<Map<string, Float32Array>> {
  const network = smallNetwork('weights_task1.safetensors');
  const start = copyParams(network.backbone);
  let first = 0;
  const omega = await measureImportance({
    model: SMALL, backbone: network.backbone, head: network.heads[0]!, trained: SMALL_TRAINED, rule, batches: batches.map((size) => smallInput('task1', first, (first += size))),
  });
  network.heads.push(smallHead(referenceTensors('small', 'weights_task1.safetensors'), 'head2.weight', 'head2.bias'));
  const method = outside ? new PenaltyOutsideMomentum(omega, start) : new Mas();
  const trainer = new Trainer(network, SMALL_TRAINED, method, DEFAULT_CONFIG);
  method.restore(trainer.context(lambda), { finishedTasks: 1, omega: outside ? null : omega, anchor: null, running: new Map() });
  for (let step = 1; step <= 6; step++) {
    const { x, labels } = step % 2 === 1 ? smallInput('task2', 0, 8) : smallInput('task2', 8, 16);
    trainer.step(1, { x, segments: [{ task: 1, labels }] }, { lambda, learningRate: 0.01, momentum, weightDecay: 0, penaltyStep: 'gradient', dropoutSeed: 0 }).dispose();
  }
  return values(new Map([...network.backbone].map(([name, value]) => [name, tf.sub(value, start.get(name)!)])));
}

/** θ moves by the momentum buffer, and by the penalty's gradient beside it. */
class PenaltyOutsideMomentum extends Mas {
  private readonly pull: Params;
  private readonly rest: Params;
  private before: tf.Tensor | null = null;

  constructor(pull: Params, rest: Params) {
    super();
    this.pull = pull;
    this.rest = rest;
  }

  beforeUpdate(name: string, theta: tf.Tensor): void {
    this.before = tf.tidy(() => tf.mul(tf.mul(tf.sub(theta, this.rest.get(name)!), this.pull.get(name)!), 2 * 0.01));
  }

  afterUpdate(_name: string, theta: tf.Tensor): void {
    const moved = tf.sub(theta, this.before!);
    // In place, as the update kernel does: a step with no momentum and the movement as its gradient.
    sgdUpdate({ theta, grad: tf.sub(theta, moved) }, { learningRate: 1, momentum: 0, weightDecay: 0, lambda: 0, penaltyStep: 'gradient' });
  }
}

/** Paths of SI's run A on task 1 and run B on task 2. */
async function siPaths(variant: 'right' | 'penalty inside' | 'plain gradient descent'): Promise<{ a: Map<string, Float32Array>; b: Map<string, Float32Array> }> {
  const method = variant === 'right' ? new Si() : new MistakenSi(variant);
  const network: NetworkState = smallNetwork('weights_init.safetensors');
  const trainer = new Trainer(network, SMALL_TRAINED, method, { ...DEFAULT_CONFIG, method: 'si' });
  const context = trainer.context(5);
  const run = async (task: number, steps: number): Promise<Map<string, Float32Array>> => {
    method.beforeTask(context);
    for (let step = 1; step <= steps; step++) {
      const { x, labels } = smallInput(task === 0 ? 'task1' : 'task2', step % 2 === 1 ? 0 : 8, step % 2 === 1 ? 8 : 16);
      trainer.step(task, { x, segments: [{ task, labels }] }, { lambda: 5, learningRate: 0.01, momentum: 0.9, weightDecay: 0, penaltyStep: 'gradient', dropoutSeed: 0 }).dispose();
    }
    const path = await values(method.pathIntegral());
    await method.afterTask(context);
    trainer.resetOptimizer();
    return path;
  };
  const a = await run(0, 6);
  network.heads.push(smallHead(referenceTensors('small', 'weights_task1.safetensors'), 'head2.weight', 'head2.bias'));
  return { a, b: await run(1, 4) };
}

class MistakenSi extends Si {
  private readonly mistake: 'penalty inside' | 'plain gradient descent';
  private before: tf.Tensor | null = null;
  private gradient: tf.Tensor | null = null;

  constructor(mistake: 'penalty inside' | 'plain gradient descent') {
    super();
    this.mistake = mistake;
  }

  override beforeUpdate(name: string, theta: tf.Tensor, gradient: tf.Tensor): void {
    const term = this.penalty(name);
    this.before = tf.mul(theta, 1);
    this.gradient = tf.mul(gradient, 1);
    const whole = this.mistake === 'penalty inside' && term ? tf.add(gradient, tf.mul(tf.mul(tf.sub(theta, term.anchor), term.omega), 2 * 5)) : gradient;
    super.beforeUpdate(name, theta, whole);
  }

  override afterUpdate(name: string, theta: tf.Tensor): void {
    // θ as if the step had been −lr · g, without momentum.
    super.afterUpdate(name, this.mistake === 'plain gradient descent' ? tf.sub(this.before!, tf.mul(this.gradient!, 0.01)) : theta);
  }
}

describe.each(BACKENDS.filter((name) => name !== 'cpu'))('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe('MAS, global', () => {
    const expected = reference('omega_global');
    const reject = (found: ReadonlyMap<string, Float32Array>): void => expectRejected(found, expected, TOLERANCE.omegaGlobal);

    it('is accepted when right', async () => {
      expectAccepted(scaled(await gradients((logits) => tf.mul(logits, 2), 'abs'), 1 / 16), expected, TOLERANCE.omegaGlobal);
    });
    it('rejects batches of 8 instead of single images', async () => reject(await importance({ kind: 'batch' }, [8, 8])));
    it('rejects the norm instead of its square', async () => {
      reject(scaled(await gradients((logits) => tf.div(logits, tf.norm(logits, 2, 1, true)), 'abs'), 1 / 16));
    });
    it('rejects the squared norm without its factor 2', async () => reject(scaled(await gradients((logits) => logits, 'abs'), 1 / 16)));
    it('rejects the cross-entropy', async () => reject(scaled(await gradients(likelihood, 'abs'), 1 / 16)));
    it('rejects softmax outputs instead of logits', async () => {
      const throughSoftmax = (logits: tf.Tensor2D): tf.Tensor2D => {
        const p = tf.softmax(logits);
        const square = tf.square(p);
        return tf.mul(2, tf.sub(square, tf.mul(p, tf.sum(square, 1, true)))) as tf.Tensor2D;
      };
      reject(scaled(await gradients(throughSoftmax, 'abs'), 1 / 16));
    });
    it('rejects the square of each image’s gradient', async () => reject(scaled(await gradients((logits) => tf.mul(logits, 2), 'square'), 1 / 16)));
    it('rejects the sum over images instead of the mean', async () => reject(await gradients((logits) => tf.mul(logits, 2), 'abs')));
  });

  describe('MAS in batches', () => {
    it('rejects the batch’s mean instead of its sum', async () => {
      expectRejected(scaled(await importance({ kind: 'batch' }, [8, 8]), 1 / 8), reference('omega_batch8'), TOLERANCE.omegaBatch);
    });

    it('rejects the published weight of a short last batch', async () => {
      const network = smallNetwork('weights_task1.safetensors');
      const published = new Map<string, Float32Array>();
      for (const [index, [start, end]] of ([[0, 6], [6, 12], [12, 16]] as const).entries()) {
        const count = end - start;
        const batch = await values(await measureImportance({
          model: SMALL, backbone: network.backbone, head: network.heads[0]!, trained: SMALL_TRAINED, rule: { kind: 'batch' }, batches: [smallInput('task1', start, end)],
        }));
        for (const [name, part] of batch) {
          const before = published.get(name);
          published.set(name, part.map((value, i) => ((before?.[i] ?? 0) * index * count + value * count) / ((index + 1) * count)));
        }
      }
      expectAccepted(published, reference('omega_batch6_published'), TOLERANCE.omegaBatch);
      expectRejected(published, reference('omega_batch6_counted'), TOLERANCE.omegaBatch);
    });
  });

  describe('MAS, vector and local', () => {
    it('reject the other norm over outputs', async () => {
      expectRejected(await importance({ kind: 'vector-l2' }, [16]), reference('omega_vector_l1'), TOLERANCE.omegaVector);
      expectRejected(await importance({ kind: 'vector-l1' }, [16]), reference('omega_vector_l2'), TOLERANCE.omegaVector);
    });

    it('reject the local form without its factor 2, and with one absolute value for the batch', async () => {
      const right = await importance({ kind: 'local' }, [16]);
      expectAccepted(right, reference('omega_local'), TOLERANCE.omegaLocal);
      expectRejected(scaled(right, 0.5), reference('omega_local'), TOLERANCE.omegaLocal);
      const { backbone } = smallNetwork('weights_task1.safetensors');
      const { x } = smallInput('task1');
      const [layer] = SMALL.layers;
      if (layer?.kind !== 'conv') throw new Error('the first layer is a convolution');
      const y = forward(SMALL, backbone, x, { keepFrom: 0, dropoutSeed: null }).values[1]!;
      const batch = weightGradient(layer, x, tf.mul(y, 2), 'sum');
      // Only the first layer's input has both signs, so only there can a batch's gradients cancel.
      const found = new Map([['features.0.weight', await torchValues(PARAMS[0]!, tf.div(tf.abs(batch), 16))]]);
      expectRejected(found, reference('omega_local'), TOLERANCE.omegaLocal);
    });
  });

  describe('Fisher', () => {
    const expected = reference('fisher');

    it('is accepted when right, and rejects the square of the batch’s gradient', async () => {
      expectAccepted(scaled(await gradients(likelihood, 'square'), 1 / 16), expected, TOLERANCE.fisher);
      const batch = await gradients(likelihood, 'sum');
      expectRejected(new Map([...batch].map(([name, part]) => [name, part.map((value) => (value / 16) ** 2)])), expected, TOLERANCE.fisher);
    });

    it('rejects labels other than the true ones', async () => {
      expectRejected(await importance({ kind: 'fisher', labels: 'sampled', seed: 3 }, [16]), expected, TOLERANCE.fisher);
    });

    it('EWC’s penalty rejects λ instead of λ/2', async () => {
      const { ewc_penalty_half_lambda1: expectedPenalty } = referenceJson<{ float64: { ewc_penalty_half_lambda1: number } }>('small', 'scalars.json').float64;
      const anchor = smallNetwork('weights_task1.safetensors').backbone;
      const { backbone } = smallNetwork('sgd_plain.safetensors', 'step6/');
      const network = smallNetwork('weights_task1.safetensors');
      const fisher = await measureImportance({
        model: SMALL, backbone: network.backbone, head: network.heads[0]!, trained: SMALL_TRAINED, rule: { kind: 'fisher', labels: 'true', seed: 0 }, batches: [smallInput('task1')],
      });
      let sum = 0;
      for (const { name } of PARAMS) sum += (await anchorPenalty(backbone.get(name)!, anchor.get(name)!, fisher.get(name)!).data())[0]!;
      expectClose('λ/2', [sum / 2], [expectedPenalty], TOLERANCE.scalars);
      expect(() => expectClose('λ', [sum], [expectedPenalty], TOLERANCE.scalars)).toThrow();
    });
  });

  describe.each([['sgd_plain', 0], ['sgd_momentum', 0.9]] as const)('%s', (file, momentum) => {
    const first = referenceTensors('small', 'weights_task1.safetensors');
    const last = referenceTensors('small', `${file}.safetensors`);
    const expected: Expected = (name) => need(last, `step6/${name}`).values.map((value, i) => value - need(first, name).values[i]!);

    it('is accepted when right', async () => expectAccepted(await movements(momentum, {}), expected, TOLERANCE.sgdMovement));
    it.each([
      ['no penalty', { lambda: 0 }],
      ['a penalty gradient without the factor 2', { lambda: 0.5 }],
      ['the Ω of batches of 8 in the penalty', { rule: { kind: 'batch' }, batches: [8, 8] }],
    ] as [string, SgdVariant][])('rejects %s', async (_, variant) => expectRejected(await movements(momentum, variant), expected, TOLERANCE.sgdMovement));

    it('rejects the penalty outside the momentum buffer, which without momentum is the same', async () => {
      const found = await movements(momentum, { outside: true });
      if (momentum === 0) expectAccepted(found, expected, TOLERANCE.sgdMovement);
      else expectRejected(found, expected, TOLERANCE.sgdMovement);
    });
  });

  describe('SI', () => {
    const si = referenceTensors('small', 'si.safetensors');
    const path = (run: 'a' | 'b'): Expected => (name) => need(si, `${run}/path/${name}`).values;

    it('is accepted when right', async () => {
      const { a, b } = await siPaths('right');
      expectAccepted(a, path('a'), TOLERANCE.si);
      expectAccepted(b, path('b'), TOLERANCE.si);
    });
    it('rejects the penalty’s gradient inside the path', async () => {
      const { a, b } = await siPaths('penalty inside');
      // Task 1 has no penalty yet.
      expectAccepted(a, path('a'), TOLERANCE.si);
      expectRejected(b, path('b'), TOLERANCE.si);
    });
    it('rejects a path that knows no momentum', async () => expectRejected((await siPaths('plain gradient descent')).a, path('a'), TOLERANCE.si));
  });

  describe('LwF', () => {
    const expected: Expected = (name) => need(referenceTensors('small', 'lwf.safetensors'), `grad/${name}`).values;

    async function distilled(temperature: number): Promise<Map<string, Float32Array>> {
      const teacher = smallNetwork('weights_task1.safetensors');
      const config = { ...DEFAULT_CONFIG, method: 'lwf' as const, temperature };
      const method = new Lwf();
      method.beforeTask(new Trainer(teacher, SMALL_TRAINED, method, config).context(1), 1);
      const student = smallNetwork('sgd_plain.safetensors', 'step6/');
      student.heads[0] = teacher.heads[0]!;
      const { x } = smallInput('task2');
      const trace = forward(SMALL, student.backbone, x, { keepFrom: 0, dropoutSeed: null });
      const extra = method.extraLoss({ network: student, config, trained: SMALL_TRAINED, lambda: 1 }, 1, x, trace.features);
      const found = new Map<string, tf.Tensor>();
      backward(SMALL, student.backbone, trace, extra!.dFeatures, SMALL_TRAINED, 'sum', (name, gradient) => found.set(name, gradient));
      return values(found);
    }

    it('is accepted when right, and rejects T = 1 and a factor T²', async () => {
      const right = await distilled(2);
      expectAccepted(right, expected, TOLERANCE.lwf);
      expectRejected(await distilled(1), expected, TOLERANCE.lwf);
      expectRejected(scaled(right, 4), expected, TOLERANCE.lwf);
    });
  });

  describe('accumulation', () => {
    it('rejects the mean, the newest and the oldest Ω instead of the sum', async () => {
      const consolidated = referenceTensors('small', 'consolidated.safetensors');
      const before = PARAMS.map(({ name }) => [name, need(IMPORTANCE, `omega_global/${name}`).values] as const);
      const fresh = PARAMS.map(({ name }) => [name, need(consolidated, `omega_task2/${name}`).values] as const);
      const tensors = (parts: readonly (readonly [string, Float32Array])[]): Params => new Map(parts.map(([name, part]) => [name, tf.tensor1d(part)]));
      const expected: Expected = (name) => need(consolidated, `omega_sum/${name}`).values;
      const combined = async (accumulation: 'sum' | 'mean' | 'decay', omegaDecay: number): Promise<Map<string, Float32Array>> => {
        const protection = new AnchoredPenalty();
        protection.restore(tensors(before), tensors(before), 1);
        protection.consolidate(tensors(fresh), tensors(before), { accumulation, omegaDecay, omegaNormalization: 'none' });
        const out = new Map<string, Float32Array>();
        for (const [name, value] of protection.omega!) out.set(name, Float32Array.from(await value.data()));
        return out;
      };
      expectAccepted(await combined('sum', 0), expected, TOLERANCE.omegaGlobal);
      expectRejected(await combined('mean', 0), expected, TOLERANCE.omegaGlobal);
      expectRejected(await combined('decay', 0), expected, TOLERANCE.omegaGlobal);
      expectRejected(new Map(before), expected, TOLERANCE.omegaGlobal);
    });
  });
});
