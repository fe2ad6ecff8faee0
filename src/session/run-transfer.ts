/** A whole run as one file that travels: its record, and the checkpoint of its last finished task. */
import { readConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { TaskSummary } from '../core/protocol.ts';
import type { Predictions } from '../engine/evaluation.ts';
import { modelSpec } from '../engine/model/models.ts';
import { requireParams, type HostParams } from '../engine/model/params.ts';
import { backboneParams } from '../engine/model/spec.ts';
import { headParams } from '../engine/network-state.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import type { JsonValue } from '../formats/json-value.ts';
import { f32Tensor, toFloat32, type NamedTensor } from '../formats/named-tensors.ts';
import { readRunFile, writeRunFile } from '../formats/run-file.ts';
import type { Checkpoint, RunRecord } from './run-record.ts';

/** What a record must have as lists. */
const LISTS = [
  'tasks', 'accuracyMatrix', 'classIncremental', 'baseline', 'adjustments', 'steps', 'evaluations', 'importances', 'importanceMs', 'stepMs',
] as const;

/**
 * Names of tensors in the file: 'backbone/<p>', 'omega/<p>', 'anchor/<p>' (where θ* is not the backbone), 'running/<what>/<p>',
 * 'head/<k>/<p>', 'then/<k>', 'now/<k>' (logits), 'labels/<k>', 'winners/<k>' (absent in older runs), 'top-sets/<k>' (bits in
 * words; absent in older runs and where not known).
 */
export function travellingRun(record: RunRecord, checkpoint: Checkpoint): Promise<ByteSource> {
  const { network, omega, anchor, running, then, now, labels, winners = [], topSets = [] } = checkpoint;
  const tensors: NamedTensor[] = [
    ...named('backbone', network.backbone),
    ...(omega ? named('omega', omega) : []),
    ...(anchor ? named('anchor', anchor) : []),
    ...[...(running ?? [])].flatMap(([what, params]) => named(`running/${what}`, params)),
    ...network.heads.flatMap((head, k) => named(`head/${k}`, head)),
    ...then.map((predictions, k) => logits(`then/${k}`, predictions)),
    ...now.map((predictions, k) => logits(`now/${k}`, predictions)),
    ...labels.map((values, k) => f32Tensor(`labels/${k}`, [values.length], Float32Array.from(values))),
    ...winners.map((values, k) => f32Tensor(`winners/${k}`, [values.length], Float32Array.from(values))),
    ...topSets.flatMap((set, k) => (set ? [words(`top-sets/${k}`, set)] : [])),
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
  const heads = Array.from({ length: record.finishedTasks }, (_, k) => group(tensors, `head/${k}/`));
  const backbone = group(tensors, 'backbone/');
  const omega = group(tensors, 'omega/');
  const anchor = group(tensors, 'anchor/');
  const model = modelSpec(record.config.model, record.config.dropout);
  requireParams(backbone, backboneParams(model), model);
  heads.forEach((head, k) => requireParams(head, headParams(model, record.tasks[k]!.classes.length), model));
  const unanchored = anchor.size > 0 ? [...omega.keys()].filter((name) => !anchor.has(name)) : [];
  if (unanchored.length > 0) throw mismatch(fileName, `it has importances but no anchor of ${unanchored.join(', ')}`);
  for (const held of [omega, anchor]) requireParams(held, backboneParams(model).filter(({ name }) => held.has(name)), model);
  const list = (prefix: string): Predictions[] => heads.map((_, k) => predictions(tensors, `${prefix}/${k}`, fileName));
  const integers = (prefix: string): Uint16Array[] => heads.map((_, k) => Uint16Array.from(predictions(tensors, `${prefix}/${k}`, fileName).logits));
  const checkpoint: Checkpoint = {
    network: { backbone, heads },
    omega: omega.size > 0 ? omega : null,
    anchor: anchor.size > 0 ? anchor : null,
    running: running(tensors),
    then: list('then'),
    now: list('now'),
    labels: integers('labels'),
    ...(tensors.some(({ name }) => name.startsWith('winners/')) ? { winners: integers('winners') } : {}),
    topSets: heads.map((_, k) => topSet(tensors, k, omega, fileName)),
  };
  return { record, checkpoint };
}

function named(prefix: string, params: HostParams): NamedTensor[] {
  return [...params].map(([name, { shape, values }]) => f32Tensor(`${prefix}/${name}`, shape, values));
}

function logits(name: string, { classes, logits: values }: Predictions): NamedTensor {
  return f32Tensor(name, [classes === 0 ? 0 : values.length / classes, classes], values);
}

/** Copies: the file's bytes are not kept for the sake of a few tensors. */
function group(tensors: readonly NamedTensor[], prefix: string): HostParams {
  const own = tensors.filter(({ name }) => name.startsWith(prefix));
  return new Map(own.map((tensor) => [tensor.name.slice(prefix.length), { shape: tensor.shape, values: Float32Array.from(toFloat32(tensor)) }]));
}

function running(tensors: readonly NamedTensor[]): ReadonlyMap<string, HostParams> {
  const kinds = new Set(tensors.filter(({ name }) => name.startsWith('running/')).map(({ name }) => name.split('/')[1]!));
  return new Map([...kinds].map((kind) => [kind, group(tensors, `running/${kind}/`)]));
}

/** The same bits: safetensors has no unsigned words. */
function words(name: string, { buffer, byteOffset, length }: Uint32Array): NamedTensor {
  return { name, dtype: 'I32', shape: [length], data: new Int32Array(buffer, byteOffset, length) };
}

/** Null where the file has none: it is older, or the method knows none. */
function topSet(tensors: readonly NamedTensor[], task: number, omega: HostParams, fileName: string): Uint32Array | null {
  const name = `top-sets/${task}`;
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found) return null;
  const weights = [...omega.values()].reduce((sum, { values }) => sum + values.length, 0);
  const expected = Math.ceil(weights / 32);
  if (found.dtype !== 'I32' || found.data.length !== expected) {
    throw mismatch(fileName, `${name} is ${found.dtype} of ${found.data.length}, its ${weights} importances need I32 of ${expected}`);
  }
  return Uint32Array.from(found.data);
}

function predictions(tensors: readonly NamedTensor[], name: string, fileName: string): Predictions {
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found) throw mismatch(fileName, `it lacks ${name}`);
  return { classes: found.shape[1] ?? 1, logits: Float32Array.from(toFloat32(found)) };
}

function mismatch(fileName: string, what: string): LabError {
  return new LabError('checkpoint-mismatch', `${fileName} is not a complete run: ${what}.`, 'Export the run again from the lab that trained it.');
}
