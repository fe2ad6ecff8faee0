/** Somebody's head, tried on the current run's backbone. */
import { LabError } from '../core/errors.ts';
import type { TaskSummary, WeightImport } from '../core/protocol.ts';
import { accuracy, predict } from '../engine/evaluation.ts';
import { modelSpec } from '../engine/model/models.ts';
import { deviceParams, type HostParams } from '../engine/model/params.ts';
import { disposeNetwork, headParams, uploadNetwork, type NetworkState } from '../engine/network-state.ts';
import { loadHead } from '../formats/state-dict.ts';
import type { WeightFile } from '../formats/weight-file.ts';
import { evaluationBatch, imageTensors } from './batches.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';
import { everyIndex } from './sample.ts';
import { requireIdle, type WeightDesk } from './weight-desk.ts';

/**
 * Measures a head on every task of the current run with as many classes. Changes nothing.
 * @throws LabError 'run-state' without a finished task, 'data-mismatch' where no task has as many classes; as `loadHead`
 */
export async function importHead(desk: WeightDesk, file: WeightFile, fileName: string): Promise<WeightImport> {
  const { session } = desk;
  const { currentRecord: record } = session;
  if (!record || record.finishedTasks === 0) {
    throw new LabError(
      'run-state',
      `${fileName} holds a head, which reads out a run’s backbone; there is no run with a finished task.`,
      'Train a task, or import the run or the whole tree (a zip with models/) first. Then import this file again.',
    );
  }
  requireIdle(session, fileName);
  const model = modelSpec(record.config.model, record.config.dropout);
  const { classes, weight, bias } = loadHead(file, model.features, fileName);
  const tasks = record.tasks.filter((task) => task.classes.length === classes);
  if (tasks.length === 0) {
    const sizes = record.tasks.map((task) => task.classes.length).join(', ');
    throw new LabError('data-mismatch', `${fileName} is a head of ${classes} classes; the run’s tasks have ${sizes}.`, 'Choose the run whose task the head was trained on.');
  }
  const checkpoint = await session.lastCheckpoint();
  const network = uploadNetwork(model, { backbone: checkpoint.network.backbone, heads: [] });
  const host: HostParams = new Map([
    ['fc.weight', { shape: [classes, model.features], values: weight }],
    ['fc.bias', { shape: [classes], values: bias }],
  ]);
  network.heads.push(deviceParams(host, headParams(model, classes), model));
  try {
    const found: string[] = [];
    for (const task of tasks) found.push(`${describe(await measure(desk, record, network, task), task)} (${own(checkpoint, task)})`);
    return {
      said: `${fileName}: a head of ${classes} classes. On the run’s backbone as it is now it gets ${found.join(', ')}. Nothing was changed.`,
      settings: {},
    };
  } finally {
    disposeNetwork(network);
  }
}

async function measure({ session, provider, breathe }: WeightDesk, record: RunRecord, network: NetworkState, { index }: TaskSummary): Promise<number | null> {
  const { model, backbone, heads } = network;
  const loaded = session.live?.data.get(index);
  const { test } = loaded ?? (await provider.load(record.config, index, model, () => undefined, new AbortController().signal));
  const [predictions] = await predict(model, backbone, heads, imageTensors(model, test, everyIndex(test.length), evaluationBatch(model)));
  await breathe();
  return accuracy(predictions!, test.labels);
}

function describe(value: number | null, { index }: TaskSummary): string {
  return `${percent(value)} of task ${index + 1} right`;
}

function own({ now, labels }: Checkpoint, { index }: TaskSummary): string {
  const [predictions, truth] = [now[index], labels[index]];
  return predictions && truth ? `its own head: ${percent(accuracy(predictions, truth))}` : 'not learned yet';
}

function percent(value: number | null): string {
  return value === null ? 'nothing' : `${(100 * value).toFixed(1)} %`;
}
