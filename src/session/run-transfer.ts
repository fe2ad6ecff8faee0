/** A whole run as one file that travels: its record, and the checkpoint of its last finished task. */
import { validateConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { Predictions } from '../engine/evaluation.ts';
import type { HostParams } from '../engine/model/params.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import type { JsonValue } from '../formats/json-value.ts';
import { f32Tensor, type NamedTensor } from '../formats/named-tensors.ts';
import { readRunFile, writeRunFile } from '../formats/run-file.ts';
import type { Checkpoint, RunRecord } from './run-record.ts';

/** Names of tensors in the file: 'backbone/<p>', 'omega/<p>', 'head/<k>/<p>', 'then/<k>', 'now/<k>' (logits), 'labels/<k>'. */
export function travellingRun(record: RunRecord, checkpoint: Checkpoint): ByteSource {
  const { network, omega, then, now, labels } = checkpoint;
  const tensors: NamedTensor[] = [
    ...named('backbone', network.backbone),
    ...(omega ? named('omega', omega) : []),
    ...network.heads.flatMap((head, k) => named(`head/${k}`, head)),
    ...then.map((predictions, k) => logits(`then/${k}`, predictions)),
    ...now.map((predictions, k) => logits(`now/${k}`, predictions)),
    ...labels.map((values, k) => f32Tensor(`labels/${k}`, [values.length], Float32Array.from(values))),
  ];
  // Filter pictures are byte arrays, which JSON has no word for; the importance view draws them anew from the weights.
  const json = JSON.parse(JSON.stringify({ ...record, importances: record.importances.map((summary) => ({ ...summary, filters: [] })) })) as JsonValue;
  return writeRunFile({ json, tensors });
}

/**
 * The run in a file, under a new id.
 * @throws LabError of `formats/` for a file that is none; 'checkpoint-mismatch' where its parts do not belong together
 */
export function arrivedRun(bytes: Uint8Array, fileName: string, id: string): { readonly record: RunRecord; readonly checkpoint: Checkpoint } {
  const { json, tensors } = readRunFile(bytes, fileName);
  const record = { ...(json as unknown as RunRecord), id };
  if (record.version !== 1 || !Array.isArray(record.tasks) || !Number.isInteger(record.finishedTasks)) {
    throw mismatch(fileName, 'its description has no tasks');
  }
  record.config = validateConfig(record.config);
  const heads = Array.from({ length: record.finishedTasks }, (_, k) => group(tensors, `head/${k}/`));
  const backbone = group(tensors, 'backbone/');
  const omega = group(tensors, 'omega/');
  if (backbone.size === 0 || heads.some((head) => head.size !== 2)) throw mismatch(fileName, 'it lacks the backbone or a head of its finished tasks');
  const list = (prefix: string): Predictions[] => heads.map((_, k) => predictions(tensors, `${prefix}/${k}`, fileName));
  const labels = heads.map((_, k) => Uint16Array.from(predictions(tensors, `labels/${k}`, fileName).logits));
  return { record, checkpoint: { network: { backbone, heads }, omega: omega.size > 0 ? omega : null, then: list('then'), now: list('now'), labels } };
}

function named(prefix: string, params: HostParams): NamedTensor[] {
  return [...params].map(([name, { shape, values }]) => f32Tensor(`${prefix}/${name}`, shape, values));
}

function logits(name: string, { classes, logits: values }: Predictions): NamedTensor {
  return f32Tensor(name, [classes === 0 ? 0 : values.length / classes, classes], values);
}

function group(tensors: readonly NamedTensor[], prefix: string): HostParams {
  const own = tensors.filter(({ name }) => name.startsWith(prefix));
  return new Map(own.map((tensor) => [tensor.name.slice(prefix.length), { shape: tensor.shape, values: Float32Array.from(tensor.data as Float32Array) }]));
}

function predictions(tensors: readonly NamedTensor[], name: string, fileName: string): Predictions {
  const found = tensors.find((tensor) => tensor.name === name);
  if (!found) throw mismatch(fileName, `it lacks ${name}`);
  return { classes: found.shape[1] ?? 1, logits: Float32Array.from(found.data as Float32Array) };
}

function mismatch(fileName: string, what: string): LabError {
  return new LabError('checkpoint-mismatch', `${fileName} is not a complete run: ${what}.`, 'Export the run again from the lab that trained it.');
}
