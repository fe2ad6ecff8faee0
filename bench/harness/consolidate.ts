import * as tf from '@tensorflow/tfjs-core';
import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import type { Subject } from './subject.ts';

/** Gives the subject's method its Ω and θ*, as after a first task. @throws Error where the method then still pulls nothing */
export async function consolidate({ model, network, trained, method, trainer, batch, labels }: Subject): Promise<void> {
  await method.afterTask?.(trainer.context(0.3), 0, (rule) =>
    measureImportance({ model, backbone: network.backbone, head: network.heads[0]!, trained, rule, batches: [{ x: tf.clone(batch.x), labels }] }),
  );
  if (!method.penalty?.('classifier.4.weight')) throw new Error('the MAS subject has no penalty: the comparison would mean nothing');
}
