/**
 * Writes `reg_params.pickle`: {parameter name: {"omega": Ω, "init_val": θ*}}, as plain `pickle.load` reads it with
 * torch installed. A pickled tensor holds its storage as a whole legacy torch file, which `torch.storage._load_from_bytes`
 * takes; that is what `pickle.dump` of a tensor makes too.
 */
import type { ByteSource } from './byte-source.ts';
import { chainedSource, sourceOf } from './byte-source.ts';
import type { OutTensor } from './named-tensors.ts';
import { elementCount, storedSource } from './named-tensors.ts';
import { PickleWriter } from './pickle/pickle-write.ts';
import { LEGACY_PROTOCOL, writeStorageReference, writeTensor } from './torch-types.ts';

/** Importance and anchor of one parameter, same shape. */
export interface RegParam {
  readonly name: string;
  readonly omega: OutTensor;
  readonly anchor: OutTensor;
}

/** Pairs importances Ω with anchors θ* by name. Names and shapes must agree: both come from one run. */
export function pairRegParams(omega: readonly OutTensor[], anchor: readonly OutTensor[]): RegParam[] {
  const anchors = new Map(anchor.map((tensor) => [tensor.name, tensor]));
  if (anchors.size !== omega.length) throw new Error(`${omega.length} importances for ${anchors.size} anchors.`);
  return omega.map((tensor) => {
    const held = anchors.get(tensor.name);
    if (held === undefined) throw new Error(`${tensor.name} has an importance but no anchor.`);
    return { name: tensor.name, omega: tensor, anchor: held };
  });
}

/** The pickle, protocol 3 (Python 3). Tensors at hand are passed on as views. */
export function regParamsSource(params: readonly RegParam[]): ByteSource {
  const pickle = new PickleWriter(3).emptyDict().mark();
  for (const { name, omega, anchor } of params) {
    pickle.text(name).emptyDict().mark();
    writePickledTensor(pickle.text('omega'), omega);
    writePickledTensor(pickle.text('init_val'), anchor);
    pickle.setItems();
  }
  return pickle.setItems().stop();
}

function writePickledTensor(pickle: PickleWriter, tensor: OutTensor): void {
  writeTensor(pickle, tensor.shape, () => {
    pickle.global('torch.storage', '_load_from_bytes').mark().bytes(legacyStorageFile(tensor)).tuple().reduce();
  });
}

/** A legacy torch file whose one object is a storage: magic, protocol, system, object, keys, then a count and the values. */
function legacyStorageFile(tensor: OutTensor): ByteSource {
  const count = elementCount(tensor.shape);
  const object = new PickleWriter(2);
  writeStorageReference(object, tensor.dtype, '0', count, 'legacy');
  const countBytes = new Uint8Array(8);
  new DataView(countBytes.buffer).setBigInt64(0, BigInt(count), true);
  return chainedSource([sourceOf(MAGIC), protocol(), system(), object.stop(), keys(), sourceOf(countBytes), storedSource(tensor)]);
}

/** LEGACY_MAGIC as a pickled ten-byte integer. */
const MAGIC = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

function protocol(): ByteSource {
  return new PickleWriter(2).int(LEGACY_PROTOCOL).stop();
}

function system(): ByteSource {
  const pickle = new PickleWriter(2).emptyDict().mark();
  pickle.text('protocol_version').int(LEGACY_PROTOCOL).text('little_endian').bool(true);
  pickle.text('type_sizes').emptyDict().mark().text('short').int(2).text('int').int(4).text('long').int(4).setItems();
  return pickle.setItems().stop();
}

function keys(): ByteSource {
  return new PickleWriter(2).emptyList().text('0').append().stop();
}
