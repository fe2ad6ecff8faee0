/** A whole run as one file that travels: its record, and the checkpoint of its last finished task. */
import { readConfig } from '../core/config-text.ts';
import { LabError } from '../core/errors.ts';
import type { TaskSummary } from '../core/protocol.ts';
import type { Predictions } from '../engine/evaluation.ts';
import { modelSpec } from '../engine/model/models.ts';
import { requireParams, type HostParams } from '../engine/model/params.ts';
import { backboneParams, type ModelSpec } from '../engine/model/spec.ts';
import { headParams } from '../engine/network-state.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import type { JsonValue } from '../formats/json-value.ts';
import { f32Tensor, toFloat32, type NamedTensor, type OutTensor } from '../formats/named-tensors.ts';
import { readRunFile, writeRunFile } from '../formats/run-file.ts';
import { assembledCheckpoint, type Checkpoint, type CheckpointSource } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';

/** What a record must have as lists. */
const LISTS = [
  'tasks', 'accuracyMatrix', 'classIncremental', 'baseline', 'adjustments', 'steps', 'evaluations', 'importances', 'importanceMs', 'stepMs',
] as const;

/**
 * Names of tensors in the file: those of {@link CheckpointSource}, and of what was said of test images 'then/<k>', 'now/<k>' (logits),
 * 'labels/<k>', 'winners/<k>' (absent in older runs).
 */
export async function travellingRun(record: RunRecord, checkpoint: CheckpointSource): Promise<ByteSource> {
  const { then, now, labels, winners = [] } = checkpoint.answers;
  const tensors: OutTensor[] = [
    ...checkpoint.tensors,
    ...then.map((predictions, k) => logits(`then/${k}`, predictions)),
    ...now.map((predictions, k) => logits(`now/${k}`, predictions)),
    ...labels.map((values, k) => f32Tensor(`labels/${k}`, [values.length], Float32Array.from(values))),
    ...winners.map((values, k) => f32Tensor(`winners/${k}`, [values.length], Float32Array.from(values))),
  ];
  // Filter pictures are byte arrays, which JSON has no word for; the importance view draws them anew from the weights.
  const json = JSON.parse(JSON.stringify({ ...record, importances: record.importances.map((summary) => ({ ...summary, filters: [] })) })) as JsonValue;
  return writeRunFile({ json, tensors });
}

/**
 * The run in a file, under a new id, with all that it holds checked against its model and tasks.
 * @throws LabError of `formats/` for a file that is none; 'checkpoint-mismatch' or 'param-mismatch' where its parts do not belong together
 */
export function arrivedRun(bytes: Uint8Array, fileName: string, id: string): { readonly record: RunRecord; readonly checkpoint: Checkpoint } {
  const { json, tensors } = readRunFile(bytes, fileName);
  const record = { ...(json as unknown as RunRecord), id };
  if (record.version !== 1) throw mismatch(fileName, 'its description is of another version');
  const missing = LISTS.filter((key) => !Array.isArray(record[key]));
  if (missing.length > 0) throw mismatch(fileName, `its description has no list of ${missing.join(', ')}`);
  if (!Number.isInteger(record.finishedTasks) || record.finishedTasks < 1 || record.finishedTasks > record.tasks.length) {
    throw mismatch(fileName, `it says that ${String(record.finishedTasks)} of ${record.tasks.length} tasks are finished`);
  }
  if (!record.tasks.every((task) => Array.isArray((task as Partial<TaskSummary> | null)?.classes))) throw mismatch(fileName, 'a task of it has no classes');
  record.config = readConfig(record.config);
  const { finishedTasks } = record;
  const tasks = Array.from({ length: finishedTasks }, (_, k) => k);
  const model = modelSpec(record.config.model, record.config.dropout);
  const list = (prefix: string): Predictions[] => tasks.map((k) => predictions(tensors, `${prefix}/${k}`, fileName));
  const integers = (prefix: string): Uint16Array[] => list(prefix).map(({ logits: values }) => Uint16Array.from(values));
  const answers = {
    then: list('then'),
    now: list('now'),
    labels: integers('labels'),
    ...(tensors.some(({ name }) => name.startsWith('winners/')) ? { winners: integers('winners') } : {}),
  };
  const checkpoint = assembledCheckpoint(finishedTasks, answers, tensors.map(copied));
  requireFitting(checkpoint, record, model, fileName);
  requireTopSets(tensors, checkpoint.omega, fileName);
  return { record, checkpoint };
}

/** @throws LabError 'checkpoint-mismatch', 'param-mismatch' */
function requireFitting({ network, omega, anchor }: Checkpoint, { tasks }: RunRecord, model: ModelSpec, fileName: string): void {
  requireParams(network.backbone, backboneParams(model), model);
  network.heads.forEach((head, k) => requireParams(head, headParams(model, tasks[k]!.classes.length), model));
  const unanchored = anchor ? [...(omega?.keys() ?? [])].filter((name) => !anchor.has(name)) : [];
  if (unanchored.length > 0) throw mismatch(fileName, `it has importances but no anchor of ${unanchored.join(', ')}`);
  for (const held of [omega, anchor]) if (held) requireParams(held, backboneParams(model).filter(({ name }) => held.has(name)), model);
}

/** @throws LabError 'checkpoint-mismatch' where they are not of as many weights as Ω */
function requireTopSets(tensors: readonly NamedTensor[], omega: HostParams | null, fileName: string): void {
  const weights = [...(omega?.values() ?? [])].reduce((sum, { values }) => sum + values.length, 0);
  const expected = Math.ceil(weights / 32);
  for (const { name, dtype, data } of tensors.filter((tensor) => tensor.name.startsWith('top-sets/'))) {
    if (dtype === 'I32' && data.length === expected) continue;
    throw mismatch(fileName, `${name} is ${dtype} of ${data.length}, its ${weights} importances need I32 of ${expected}`);
  }
}

function logits(name: string, { classes, logits: values }: Predictions): NamedTensor {
  return f32Tensor(name, [classes === 0 ? 0 : values.length / classes, classes], values);
}

/** The file's bytes are not kept for the sake of a few tensors. */
function copied(tensor: NamedTensor): NamedTensor {
  if (tensor.dtype === 'I32') return { ...tensor, data: tensor.data.slice() };
  return f32Tensor(tensor.name, tensor.shape, Float32Array.from(toFloat32(tensor)));
}

function predictions(tensors: readonly NamedTensor[], name: string, fileName: string): Predictions {
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found) throw mismatch(fileName, `it lacks ${name}`);
  return { classes: found.shape[1] ?? 1, logits: Float32Array.from(toFloat32(found)) };
}

function mismatch(fileName: string, what: string): LabError {
  return new LabError('checkpoint-mismatch', `${fileName} is not a complete run: ${what}.`, 'Export the run again from the lab that trained it.');
}
