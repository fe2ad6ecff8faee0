/** Everything needed to go on after a finished task: whole, or as tensors under names, each read when it is asked for. */
import type { Predictions } from '../engine/evaluation.ts';
import type { HostParams } from '../engine/model/params.ts';
import type { HostNetwork } from '../engine/network-state.ts';
import { joinBytes } from '../formats/byte-source.ts';
import { f32Tensor, tensorFromBytes, toFloat32, type NamedTensor, type OutTensor } from '../formats/named-tensors.ts';

/** What the network said of test images: little beside the weights. */
export interface CheckpointAnswers {
  /** Logits of each finished task's test images right after that task was learned, and after this one. */
  readonly then: readonly Predictions[];
  readonly now: readonly Predictions[];
  /** Test labels of each finished task. */
  readonly labels: readonly Uint16Array[];
  /** Per finished task and test image, the class that wins when all classes so far compete, counted task after task. Absent in older runs. */
  readonly winners?: readonly Uint16Array[];
}

export interface Checkpoint extends CheckpointAnswers {
  readonly network: HostNetwork;
  readonly omega: HostParams | null;
  /** θ* by the names of Ω where it is not the backbone itself: importances that were imported with another. */
  readonly anchor?: HostParams | null;
  /** What else the method carries from task to task, by name. */
  readonly running?: ReadonlyMap<string, HostParams>;
  /** Per finished task, the weights that matter most to it (`engine/importance/top-sets.ts`); null where not known. */
  readonly topSets?: readonly (Uint32Array | null)[];
}

/**
 * The same, its tensors perhaps still in the store. Their names: 'backbone/<p>', 'omega/<p>', 'anchor/<p>' (where θ* is not the backbone),
 * 'running/<what>/<p>', 'head/<k>/<p>', 'top-sets/<k>' (bits in words; absent in older runs and where not known).
 */
export interface CheckpointSource {
  readonly finishedTasks: number;
  readonly answers: CheckpointAnswers;
  readonly tensors: readonly OutTensor[];
}

/** Tensors are not copied. */
export function checkpointSource({ network, omega, anchor, running, topSets = [], then, now, labels, winners }: Checkpoint): CheckpointSource {
  return {
    finishedTasks: network.heads.length,
    answers: { then, now, labels, ...(winners ? { winners } : {}) },
    tensors: [
      ...named('backbone', network.backbone),
      ...(omega ? named('omega', omega) : []),
      ...(anchor ? named('anchor', anchor) : []),
      ...[...(running ?? [])].flatMap(([what, params]) => named(`running/${what}`, params)),
      ...network.heads.flatMap((head, k) => named(`head/${k}`, head)),
      ...topSets.flatMap((set, k) => (set ? [words(`top-sets/${k}`, set)] : [])),
    ],
  };
}

/** Reads every tensor. @throws LabError 'run-missing' where one is not in the store any more */
export async function readCheckpoint({ finishedTasks, answers, tensors }: CheckpointSource): Promise<Checkpoint> {
  const read: NamedTensor[] = [];
  for (const tensor of tensors) read.push(await atHand(tensor));
  return assembledCheckpoint(finishedTasks, answers, read);
}

/** A checkpoint of tensors by their names in {@link CheckpointSource}. Float32 values are not copied. */
export function assembledCheckpoint(finishedTasks: number, answers: CheckpointAnswers, tensors: readonly NamedTensor[]): Checkpoint {
  const group = (prefix: string): HostParams =>
    new Map(tensorsUnder(prefix, tensors).map((tensor) => [tensor.name, { shape: tensor.shape, values: toFloat32(tensor) }]));
  const groupOrNull = (prefix: string): HostParams | null => {
    const params = group(prefix);
    return params.size > 0 ? params : null;
  };
  const tasks = Array.from({ length: finishedTasks }, (_, k) => k);
  const kinds = new Set(tensorsUnder('running/', tensors).map(({ name }) => name.split('/')[0]!));
  return {
    network: { backbone: group('backbone/'), heads: tasks.map((k) => group(`head/${k}/`)) },
    omega: groupOrNull('omega/'),
    anchor: groupOrNull('anchor/'),
    running: new Map([...kinds].map((kind) => [kind, group(`running/${kind}/`)])),
    topSets: tasks.map((k) => bits(tensors.find(({ name }) => name === `top-sets/${k}`))),
    ...answers,
  };
}

/** Those whose names begin so, under the rest of their names. */
export function tensorsUnder<T extends OutTensor>(prefix: string, tensors: readonly T[]): T[] {
  return tensors.filter(({ name }) => name.startsWith(prefix)).map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
}

async function atHand(tensor: OutTensor): Promise<NamedTensor> {
  if (!('stored' in tensor)) return tensor;
  return tensorFromBytes(tensor.name, tensor.dtype, tensor.shape, await joinBytes(tensor.stored));
}

function named(prefix: string, params: HostParams): NamedTensor[] {
  return [...params].map(([name, { shape, values }]) => f32Tensor(`${prefix}/${name}`, shape, values));
}

/** The same bits: files have no unsigned words. */
function words(name: string, { buffer, byteOffset, length }: Uint32Array): NamedTensor {
  return { name, dtype: 'I32', shape: [length], data: new Int32Array(buffer, byteOffset, length) };
}

/** The inverse of {@link words}. */
function bits(tensor: NamedTensor | undefined): Uint32Array | null {
  if (tensor?.dtype !== 'I32') return null;
  const { buffer, byteOffset, length } = tensor.data;
  return new Uint32Array(buffer, byteOffset, length);
}
