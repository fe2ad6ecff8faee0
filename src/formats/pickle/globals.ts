/**
 * The complete allow-list of what a pickle may name, and what calling each does here. Nothing is ever imported or looked up:
 * a global is a pair (module, name) in this table, compared whole, or the file is refused.
 */
import type { Dtype } from '../named-tensors.ts';
import { quoted, refusal } from '../refuse.ts';
import { STORAGE_CLASSES } from '../torch-types.ts';
import { rebuildTensor } from './rebuild-tensor.ts';
import type { PickleHost } from './interpret.ts';
import { chargeCopy, chargeOpcodes, chargeValue, ENTRY_BYTES } from './limits.ts';
import type { PickleValue, PyDict, PyGlobal } from './values.ts';
import { kindOf } from './values.ts';

type Call = (args: readonly PickleValue[], host: PickleHost) => PickleValue;

/** null: named in references to storages, never called. */
type Names = ReadonlyMap<string, Call | null>;

const ALLOWED = new Map<string, Names>([
  ['collections', named({ OrderedDict: orderedDict })],
  ['torch._utils', named({ _rebuild_tensor_v2: rebuildTensor, _rebuild_parameter: rebuildParameter })],
  ['torch.storage', named({ _load_from_bytes: loadFromBytes })],
  ['_codecs', named({ encode: encodeLatin1 })],
  ['torch', new Map([...STORAGE_CLASSES.keys()].map((name) => [name, null]))],
]);

function named(calls: Readonly<Record<string, Call>>): Names {
  return new Map(Object.entries(calls));
}

/**
 * The global `module.name`.
 *
 * @throws LabError 'UNSAFE_GLOBAL' naming it, unless it is in the table
 */
export function findGlobal(module: string, name: string, fileName: string): PyGlobal {
  if (ALLOWED.get(module)?.has(name) !== true) throw unsafe(`${module}.${name}`, fileName);
  return { kind: 'global', module, name };
}

/** @throws LabError 'BAD_PICKLE' where the arguments are not what PyTorch writes */
export function callGlobal(callable: PickleValue, args: readonly PickleValue[], host: PickleHost): PickleValue {
  const call = isGlobal(callable) ? ALLOWED.get(callable.module)?.get(callable.name) : undefined;
  if (!call) throw badPickle(host, `${kindOf(callable)} is called, which is no function here`);
  return call(args, host);
}

/** The dtype a storage class holds, or null for anything else. */
export function storageDtype(value: PickleValue): Dtype | null {
  if (!isGlobal(value) || value.module !== 'torch') return null;
  return STORAGE_CLASSES.get(value.name) ?? null;
}

/** The name in full, for the message; `what` comes from the file. */
export function unsafe(what: string, fileName: string): Error {
  return refusal('UNSAFE_GLOBAL', fileName, `the pickle asks for ${quoted(what)}, which is not among the things that weights need`);
}

function isGlobal(value: PickleValue): value is PyGlobal {
  return typeof value === 'object' && value !== null && value.kind === 'global';
}

function badPickle(host: PickleHost, detail: string): Error {
  return refusal('BAD_PICKLE', host.fileName, detail);
}

/** `OrderedDict()`, or `OrderedDict([[key, value], …])` as Python 2 pickles it. */
function orderedDict(args: readonly PickleValue[], host: PickleHost): PyDict {
  const [pairs] = args;
  if (args.length === 0) return { kind: 'dict', entries: new Map() };
  if (args.length !== 1 || !isSequence(pairs)) throw badPickle(host, 'collections.OrderedDict is given something else than a list of pairs');
  chargeOpcodes(pairs.items.length, host.budget, host.fileName);
  chargeValue(pairs.items.length * ENTRY_BYTES, host.budget, host.fileName);
  const entries = new Map<PickleValue, PickleValue>();
  for (const pair of pairs.items) {
    if (!isSequence(pair) || pair.items.length !== 2) throw badPickle(host, 'collections.OrderedDict is given something else than a list of pairs');
    entries.set(pair.items[0]!, pair.items[1]!);
  }
  return { kind: 'dict', entries };
}

function isSequence(value: PickleValue | undefined): value is Extract<PickleValue, { kind: 'list' | 'tuple' }> {
  return typeof value === 'object' && value !== null && (value.kind === 'list' || value.kind === 'tuple');
}

/** `_rebuild_parameter(tensor, requires_grad, hooks)`: here a tensor of its own, so that it can be a key of its own. */
function rebuildParameter(args: readonly PickleValue[], host: PickleHost): PickleValue {
  const [data] = args;
  if (args.length !== 3 || typeof data !== 'object' || data === null || data.kind !== 'tensor') {
    throw badPickle(host, 'torch._utils._rebuild_parameter is given something else than a tensor');
  }
  return { ...data };
}

function loadFromBytes(args: readonly PickleValue[], host: PickleHost): PickleValue {
  const [data] = args;
  if (args.length !== 1 || typeof data !== 'object' || data === null || data.kind !== 'bytes') {
    throw badPickle(host, 'torch.storage._load_from_bytes is given something else than bytes');
  }
  return host.loadFromBytes(data.bytes);
}

/** `encode(text, 'latin1')` is how protocol 2 writes bytes. Any other codec would be a call of something else. */
function encodeLatin1(args: readonly PickleValue[], host: PickleHost): PickleValue {
  const [text, codec] = args;
  if (codec !== 'latin1') throw unsafe(`_codecs.encode(${typeof codec === 'string' ? codec : ''})`, host.fileName);
  if (args.length === 2 && typeof text === 'string') return { kind: 'bytes', bytes: latin1OfText(text, host) };
  if (args.length !== 2 || typeof text !== 'object' || text?.kind !== 'long-text') throw badPickle(host, '_codecs.encode is given something else than text');
  return { kind: 'bytes', bytes: latin1OfUtf8(text.utf8, host) };
}

/** Characters U+0000 to U+00FF, one byte each. */
function latin1OfText(text: string, host: PickleHost): Uint8Array {
  chargeCopy('a text of bytes', text.length, host.budget, host.fileName);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw notLatin1(host);
    bytes[i] = code;
  }
  return bytes;
}

/** The same from UTF-8, without a string in between, which could be as long as the file. */
function latin1OfUtf8(utf8: Uint8Array, host: PickleHost): Uint8Array {
  let length = 0;
  for (const byte of utf8) if ((byte & 0xc0) !== 0x80) length++;
  chargeCopy('a text of bytes', length, host.budget, host.fileName);
  const bytes = new Uint8Array(length);
  let out = 0;
  for (let i = 0; i < utf8.length; i++) {
    const lead = utf8[i]!;
    if (lead < 0x80) bytes[out++] = lead;
    else {
      const next = utf8[++i];
      if ((lead !== 0xc2 && lead !== 0xc3) || next === undefined || (next & 0xc0) !== 0x80) {
        throw notLatin1(host);
      }
      bytes[out++] = ((lead & 0x03) << 6) | (next & 0x3f);
    }
  }
  return bytes;
}

function notLatin1(host: PickleHost): Error {
  return badPickle(host, '_codecs.encode is given text that is not latin1');
}
