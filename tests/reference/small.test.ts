import { beforeAll, describe, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { headForward, headGradients, headInputGradient } from '../../src/engine/head.ts';
import { measureImportance, type ImportanceRule } from '../../src/engine/importance/output-importance.ts';
import { DEFAULT_CONFIG, type MethodId } from '../../src/core/config.ts';
import { createMethod } from '../../src/engine/methods/registry.ts';
import { Si } from '../../src/engine/methods/si.ts';
import { AnchoredPenalty } from '../../src/engine/methods/anchored-penalty.ts';
import { Lwf } from '../../src/engine/methods/lwf.ts';
import { copyParams, type Params } from '../../src/engine/model/params.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { backward, disposeTrace, forward } from '../../src/engine/network.ts';
import type { NetworkState } from '../../src/engine/network-state.ts';
import { Trainer } from '../../src/engine/trainer.ts';
import { softmaxCrossEntropy } from '../../src/kernels/ops.ts';
import { BACKENDS, useKernels, WITHOUT_SUBGROUPS } from '../helpers/backends.ts';
import { expectClose, referenceJson, referenceTensors, TOLERANCE } from '../helpers/reference.ts';
import {
  int32, need, referenceName, SMALL, SMALL_TRAINED, smallHead, smallInput, smallNetwork, smallParams, torchValues,
} from '../helpers/small-network.ts';

interface Scalars {
  readonly float64: Record<'sgd_plain' | 'sgd_momentum' | 'si_a' | 'si_b', readonly { task: number; penalty: number }[]> &
    Record<'sgd_plain_end_penalty' | 'sgd_momentum_end_penalty', number> & { readonly lwf: { readonly cross_entropy: number } };
}
const scalars = referenceJson<Scalars>('small', 'scalars.json').float64;

describe.each([...BACKENDS.map((backend) => ({ kernels: 'own', backend }) as const), WITHOUT_SUBGROUPS])('reference/small on $backend, $kernels kernels', (set) => {
  beforeAll(() => useKernels(set));

  it('forward: logits, softmax, losses and every pre-activation', async () => {
    const expected = referenceTensors('small', 'forward_grad.safetensors');
    const network = smallNetwork('weights_task1.safetensors');
    const { x, labels } = smallInput('task1');
    const trace = forward(SMALL, network.backbone, x, { keepFrom: 0, dropoutSeed: null });
    const logits = headForward(network.heads[0]!, trace.features);
    expectClose('logits', await logits.data(), need(expected, 'logits').values, TOLERANCE.forward);
    expectClose('softmax', await tf.softmax(logits).data(), need(expected, 'softmax').values, TOLERANCE.forward);
    const { loss } = softmaxCrossEntropy(logits, int32(labels), 1);
    expectClose('loss', await loss.data(), need(expected, 'loss_per_sample').values, TOLERANCE.forward);
    expectClose('sqnorm', await tf.sum(tf.square(logits), 1).data(), need(expected, 'sqnorm_per_sample').values, TOLERANCE.forward);
    for (const [index, layer] of SMALL.layers.entries()) {
      if (layer.kind !== 'conv' && layer.kind !== 'linear') continue;
      const pre = need(expected, `pre0/${layer.name}`);
      const output = trace.values[index + 1]!;
      const first = tf.slice(output, 0, 1);
      const chw = first.rank === 4 ? tf.transpose(first, [0, 3, 1, 2]) : first;
      // The engine keeps what follows the ReLU.
      expectClose(`relu(pre0/${layer.name})`, await chw.data(), pre.values.map((v) => Math.max(0, v)), TOLERANCE.forward);
    }
    disposeTrace(trace, x);
  });

  it('gradients of the mean cross-entropy', async () => {
    const expected = referenceTensors('small', 'forward_grad.safetensors');
    const found = gradients(smallNetwork('weights_task1.safetensors'), smallInput('task1'));
    for (const param of smallParams()) {
      expectClose(`grad/${param.name}`, await torchValues(param, found.get(param.name)!), need(expected, `grad/${referenceName(param.name)}`).values, TOLERANCE.grad);
    }
  });

  const importances: [string, ImportanceRule, number[], number][] = [
    ['omega_global', { kind: 'global' }, [5, 11], TOLERANCE.omegaGlobal],
    ['omega_batch8', { kind: 'batch' }, [8, 8], TOLERANCE.omegaBatch],
    ['omega_batch6_counted', { kind: 'batch' }, [6, 6, 4], TOLERANCE.omegaBatch],
    ['omega_vector_l1', { kind: 'vector-l1' }, [16], TOLERANCE.omegaVector],
    ['omega_vector_l2', { kind: 'vector-l2' }, [16], TOLERANCE.omegaVector],
    ['omega_local', { kind: 'local' }, [7, 9], TOLERANCE.omegaLocal],
    ['fisher', { kind: 'fisher', labels: 'true', seed: 0 }, [10, 6], TOLERANCE.fisher],
  ];
  it.each(importances)('%s', async (name, rule, batches, tolerance) => {
    const expected = referenceTensors('small', 'importance.safetensors');
    const omega = await importance(smallNetwork('weights_task1.safetensors'), 'task1', rule, batches);
    for (const param of backboneParams(SMALL)) {
      expectClose(`${name}/${param.name}`, await torchValues(param, omega.get(param.name)!), need(expected, `${name}/${param.name}`).values, tolerance);
    }
  });

  it.each([
    ['sgd_plain', 0],
    ['sgd_momentum', 0.9],
  ] as const)('%s with the penalty, and consolidation', async (file, momentum) => {
    const network = smallNetwork('weights_task1.safetensors');
    const method = createMethod({ ...DEFAULT_CONFIG, method: 'mas' });
    const start = copyParams(network.backbone);
    const omega = await importance(network, 'task1', { kind: 'global' }, [16]);
    method.restore!({ network, config: DEFAULT_CONFIG, trained: SMALL_TRAINED, lambda: 1 }, { finishedTasks: 1, omega, anchor: null, running: new Map() });
    network.heads.push(smallHead(referenceTensors('small', 'weights_task1.safetensors'), 'head2.weight', 'head2.bias'));
    const startHead = copyParams(network.heads[1]!);
    const trainer = new Trainer(network, SMALL_TRAINED, method, DEFAULT_CONFIG);
    const expected = referenceTensors('small', `${file}.safetensors`);
    const first = referenceTensors('small', 'weights_task1.safetensors');
    for (let step = 1; step <= 6; step++) {
      const { x, labels } = step % 2 === 1 ? smallInput('task2', 0, 8) : smallInput('task2', 8, 16);
      const penalty = trainer.penalty(1);
      const loss = trainer.step(1, { x, segments: [{ task: 1, labels }] }, {
        lambda: 1, learningRate: 0.01, momentum, weightDecay: 0, penaltyStep: 'gradient', dropoutSeed: 0,
      });
      expectScalar(`${file} task loss at step ${step}`, (await loss.data())[0]!, scalars[file][step - 1]!.task);
      expectScalar(`${file} penalty at step ${step}`, (await penalty.data())[0]!, scalars[file][step - 1]!.penalty);
      for (const param of smallParams()) {
        const head = param.name.startsWith('fc.');
        const [now, before] = head ? [network.heads[1]!, startHead] : [network.backbone, start];
        const moved = await torchValues(param, tf.sub(now.get(param.name)!, before.get(param.name)!));
        const name = referenceName(param.name);
        const from = need(first, head ? param.name.replace('fc.', 'head2.') : name).values;
        const expectedMove = need(expected, `step${step}/${name}`).values.map((value, i) => value - from[i]!);
        expectClose(`${file} movement, step${step}/${name}`, moved, expectedMove, TOLERANCE.sgdMovement);
      }
    }
    expectScalar(`${file} end penalty`, (await trainer.penalty(1).data())[0]!, scalars[`${file}_end_penalty`]);
    if (file === 'sgd_momentum') await expectConsolidation(network, omega);
  });

  it('SI, runs A and B', async () => {
    const config = { ...DEFAULT_CONFIG, method: 'si' as MethodId };
    const network = smallNetwork('weights_init.safetensors');
    const method = new Si();
    const trainer = new Trainer(network, SMALL_TRAINED, method, config);
    const expected = referenceTensors('small', 'si.safetensors');
    const context = trainer.context(5);
    const run = async (task: number, steps: number, prefix: string): Promise<void> => {
      method.beforeTask(context);
      for (let step = 1; step <= steps; step++) {
        const half = step % 2 === 1 ? [0, 8] : [8, 16];
        const { x, labels } = smallInput(task === 0 ? 'task1' : 'task2', half[0], half[1]);
        trainer.step(task, { x, segments: [{ task, labels }] }, {
          lambda: 5, learningRate: 0.01, momentum: 0.9, weightDecay: 0, penaltyStep: 'gradient', dropoutSeed: 0,
        });
      }
      for (const param of backboneParams(SMALL)) {
        expectClose(`si ${prefix}/path/${param.name}`, await torchValues(param, method.pathIntegral().get(param.name)!), need(expected, `${prefix}/path/${param.name}`).values, TOLERANCE.si);
      }
      await method.afterTask(context);
      trainer.resetOptimizer();
    };
    await run(0, 6, 'a');
    for (const param of backboneParams(SMALL)) {
      const positive = need(expected, `a/omega/${param.name}`).values.map((v) => Math.max(0, v));
      expectClose(`si a/omega/${param.name}`, await torchValues(param, method.omega()!.get(param.name)!), positive, TOLERANCE.si);
    }
    network.heads.push(smallHead(referenceTensors('small', 'weights_task1.safetensors'), 'head2.weight', 'head2.bias'));
    await run(1, 4, 'b');
    for (const param of backboneParams(SMALL)) {
      expectClose(`si b/omega_total/${param.name}`, await torchValues(param, method.omega()!.get(param.name)!), need(expected, `b/omega_total/${param.name}`).values, TOLERANCE.si);
    }
  });

  it('LwF: distillation loss and gradients', async () => {
    const expected = referenceTensors('small', 'lwf.safetensors');
    const teacher = smallNetwork('weights_task1.safetensors');
    const method = new Lwf();
    const trainer = new Trainer(teacher, SMALL_TRAINED, method, DEFAULT_CONFIG);
    method.beforeTask(trainer.context(1), 1);
    // The student: the shared weights after step 6 of sgd_plain, with the old head.
    const student = smallNetwork('sgd_plain.safetensors', 'step6/');
    student.heads[0] = teacher.heads[0]!;
    const { x } = smallInput('task2');
    const trace = forward(SMALL, student.backbone, x, { keepFrom: 0, dropoutSeed: null });
    const logits = headForward(student.heads[0], trace.features);
    expectClose('student_logits', await logits.data(), need(expected, 'student_logits').values, TOLERANCE.forward);
    const extra = method.extraLoss({ network: student, config: DEFAULT_CONFIG, trained: SMALL_TRAINED, lambda: 1 }, 1, x, trace.features);
    if (!extra) throw new Error('LwF gave no loss');
    expectScalar('lwf loss', (await extra.loss.data())[0]!, scalars.lwf.cross_entropy);
    const found = new Map<string, tf.Tensor>(extra.headGradients.get(0));
    backward(SMALL, student.backbone, trace, extra.dFeatures, SMALL_TRAINED, 'sum', (name, gradient) => found.set(name, gradient));
    for (const param of smallParams()) {
      expectClose(`lwf grad/${param.name}`, await torchValues(param, found.get(param.name)!), need(expected, `grad/${referenceName(param.name)}`).values, TOLERANCE.lwf);
    }
  });
});

function gradients(network: NetworkState, input: { x: tf.Tensor4D; labels: Int32Array }): Map<string, tf.Tensor> {
  const { x, labels } = input;
  const trace = forward(SMALL, network.backbone, x, { keepFrom: 0, dropoutSeed: null });
  const head = network.heads[0]!;
  const { dlogits } = softmaxCrossEntropy(headForward(head, trace.features), int32(labels), 1 / labels.length);
  const found = new Map<string, tf.Tensor>(headGradients(trace.features, dlogits));
  backward(SMALL, network.backbone, trace, headInputGradient(head, dlogits), SMALL_TRAINED, 'sum', (name, gradient) => found.set(name, gradient));
  return found;
}

async function importance(network: NetworkState, task: 'task1' | 'task2', rule: ImportanceRule, sizes: readonly number[]): Promise<Params> {
  let start = 0;
  const batches = sizes.map((size) => smallInput(task, start, (start += size)));
  return measureImportance({ model: SMALL, backbone: network.backbone, head: network.heads.at(-1)!, trained: SMALL_TRAINED, rule, batches });
}

async function expectConsolidation(network: NetworkState, omega: Params): Promise<void> {
  const expected = referenceTensors('small', 'consolidated.safetensors');
  const fresh = await importance(network, 'task2', { kind: 'global' }, [16]);
  for (const param of backboneParams(SMALL)) {
    expectClose(`omega_task2/${param.name}`, await torchValues(param, fresh.get(param.name)!), need(expected, `omega_task2/${param.name}`).values, TOLERANCE.omegaGlobal);
  }
  const protection = new AnchoredPenalty();
  protection.restore(omega, network.backbone, 1);
  protection.consolidate(fresh, network.backbone, DEFAULT_CONFIG);
  for (const param of backboneParams(SMALL)) {
    expectClose(`omega_sum/${param.name}`, await torchValues(param, protection.omega!.get(param.name)!), need(expected, `omega_sum/${param.name}`).values, TOLERANCE.omegaGlobal);
  }
}

function expectScalar(name: string, actual: number, expected: number): void {
  expectClose(name, [actual], [expected], TOLERANCE.scalars);
}

