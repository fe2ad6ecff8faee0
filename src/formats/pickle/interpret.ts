/**
 * Runs a pickle as data: a stack machine over values of `values.ts` that can build containers and call the few functions
 * of `globals.ts`, and nothing else. There is no import, no attribute, no object of JavaScript's that a name could reach.
 */
import { PickleCursor } from './cursor.ts';
import { callGlobal, findGlobal, unsafe } from './globals.ts';
import { chargeOpcodes } from './limits.ts';
import type { PickleBudget } from './limits.ts';
import { OP, isOpcode, opcodeName } from './opcodes.ts';
import { PickleStack } from './stack.ts';
import type { PickleValue, PyDict, PyGlobal } from './values.ts';
import { kindOf } from './values.ts';

/** What a pickle may ask of the file it is in. */
export interface PickleHost {
  readonly fileName: string;
  readonly budget: PickleBudget;
  /** A reference to a storage (BINPERSID). */
  persistentLoad(id: PickleValue): PickleValue;
  /** `torch.storage._load_from_bytes`: a whole file inside the pickle. */
  loadFromBytes(bytes: Uint8Array): PickleValue;
}

const HIGHEST_PROTOCOL = 5;

/**
 * The value of the pickle that begins at `start`, and the position after its STOP.
 *
 * @throws LabError 'UNSAFE_GLOBAL' naming the global; 'BAD_PICKLE' naming opcode or position; what the host throws
 */
export function readPickle(bytes: Uint8Array, start: number, host: PickleHost): { readonly value: PickleValue; readonly end: number } {
  const cursor = new PickleCursor(bytes, start, host.fileName);
  const stack = new PickleStack(cursor, host);
  for (;;) {
    if (cursor.remaining === 0) throw cursor.fail('the pickle ends without STOP');
    chargeOpcodes(1, host.budget, host.fileName);
    const op = cursor.uint8();
    if (op === OP.STOP) return { value: stack.pop(), end: cursor.at };
    step(op, cursor, stack, host);
  }
}

function step(op: number, cursor: PickleCursor, stack: PickleStack, host: PickleHost): void {
  switch (op) {
    case OP.PROTO: {
      const protocol = cursor.uint8();
      if (protocol > HIGHEST_PROTOCOL) throw cursor.fail(`protocol ${protocol}, known are 0 to ${HIGHEST_PROTOCOL}`);
      return;
    }
    case OP.FRAME: {
      const length = cursor.uint64();
      if (length > cursor.remaining) throw cursor.fail(`a frame of ${length} bytes is announced, ${cursor.remaining} are left`);
      return;
    }

    // the stack
    case OP.MARK:
      return stack.mark();
    case OP.POP:
      return stack.drop();
    case OP.POP_MARK:
      stack.takeToMark();
      return;
    case OP.DUP:
      return stack.push(stack.top());
    case OP.PUT:
      return stack.remember(index(cursor.decimalOrBool(), cursor));
    case OP.BINPUT:
      return stack.remember(cursor.uint8());
    case OP.LONG_BINPUT:
      return stack.remember(cursor.uint32());
    case OP.MEMOIZE:
      return stack.rememberNext();
    case OP.GET:
      return stack.push(stack.recall(index(cursor.decimalOrBool(), cursor)));
    case OP.BINGET:
      return stack.push(stack.recall(cursor.uint8()));
    case OP.LONG_BINGET:
      return stack.push(stack.recall(cursor.uint32()));

    // numbers
    case OP.NONE:
      return stack.push(null);
    case OP.NEWTRUE:
      return stack.push(true);
    case OP.NEWFALSE:
      return stack.push(false);
    case OP.INT:
      return stack.create(cursor.decimalOrBool());
    case OP.LONG:
      return stack.create(cursor.decimalLong());
    case OP.BININT:
      return stack.create(cursor.int32());
    case OP.BININT1:
      return stack.create(cursor.uint8());
    case OP.BININT2:
      return stack.create(cursor.uint16());
    case OP.LONG1:
      return stack.create(cursor.integer(cursor.uint8()));
    case OP.LONG4:
      return stack.create(cursor.integer(cursor.int32()));
    case OP.FLOAT:
      return stack.create(cursor.decimalFloat());
    case OP.BINFLOAT:
      return stack.create(cursor.float64());

    // text and bytes
    case OP.STRING:
      return stack.create(cursor.quotedLine());
    case OP.BINSTRING:
      return stack.create(cursor.legacyText(cursor.int32()));
    case OP.SHORT_BINSTRING:
      return stack.create(cursor.legacyText(cursor.uint8()));
    case OP.UNICODE:
      return stack.create(cursor.unicodeLine());
    case OP.SHORT_BINUNICODE:
      return stack.create(cursor.text(cursor.uint8()));
    case OP.BINUNICODE:
      return stack.create(cursor.text(cursor.uint32()));
    case OP.BINUNICODE8:
      return stack.create(cursor.text(cursor.uint64()));
    case OP.SHORT_BINBYTES:
      return stack.create({ kind: 'bytes', bytes: cursor.take(cursor.uint8()) });
    case OP.BINBYTES:
      return stack.create({ kind: 'bytes', bytes: cursor.take(cursor.uint32()) });
    case OP.BINBYTES8:
    case OP.BYTEARRAY8:
      return stack.create({ kind: 'bytes', bytes: cursor.take(cursor.uint64()) });

    // containers
    case OP.EMPTY_LIST:
      return stack.create({ kind: 'list', items: [] });
    case OP.LIST:
      return stack.create({ kind: 'list', items: stack.takeToMark() });
    case OP.APPEND:
      return append(stack, [stack.pop()], cursor);
    case OP.APPENDS:
      return append(stack, stack.takeToMark(), cursor);
    case OP.EMPTY_TUPLE:
      return stack.create({ kind: 'tuple', items: [] });
    case OP.TUPLE:
      return stack.create({ kind: 'tuple', items: stack.takeToMark() });
    case OP.TUPLE1:
      return stack.create({ kind: 'tuple', items: stack.take(1) });
    case OP.TUPLE2:
      return stack.create({ kind: 'tuple', items: stack.take(2) });
    case OP.TUPLE3:
      return stack.create({ kind: 'tuple', items: stack.take(3) });
    case OP.EMPTY_DICT:
      return stack.create({ kind: 'dict', entries: new Map() });
    case OP.DICT: {
      const dict: PyDict = { kind: 'dict', entries: new Map() };
      setItems(dict, stack.takeToMark(), cursor, stack);
      return stack.create(dict);
    }
    case OP.SETITEM: {
      const pair = stack.take(2);
      return setItems(stack.top(), pair, cursor, stack);
    }
    case OP.SETITEMS: {
      const pairs = stack.takeToMark();
      return setItems(stack.top(), pairs, cursor, stack);
    }
    case OP.EMPTY_SET:
      return stack.create({ kind: 'set', items: [] });
    case OP.FROZENSET:
      return stack.create({ kind: 'set', items: stack.takeToMark() });
    case OP.ADDITEMS: {
      const items = stack.takeToMark();
      const set = stack.top();
      if (typeof set !== 'object' || set?.kind !== 'set') throw cursor.fail(`ADDITEMS to ${kindOf(set)}`);
      stack.chargeSlots(items.length);
      for (const item of items) set.items.push(item);
      return;
    }

    // globals and calls
    case OP.GLOBAL:
      return stack.create(globalFromLines(cursor, host));
    case OP.STACK_GLOBAL: {
      const [module, name] = stack.take(2);
      if (typeof module !== 'string' || typeof name !== 'string') throw cursor.fail('STACK_GLOBAL without two names');
      return stack.create(findGlobal(module, name, host.fileName));
    }
    case OP.REDUCE:
    case OP.NEWOBJ: {
      const [callable, args] = stack.take(2) as [PickleValue, PickleValue];
      if (typeof args !== 'object' || args?.kind !== 'tuple') throw cursor.fail(`${opcodeName(op)} with ${kindOf(args)} for arguments`);
      return stack.create(callGlobal(callable, args.items, host));
    }
    case OP.INST: {
      const callable = globalFromLines(cursor, host);
      return stack.create(callGlobal(callable, stack.takeToMark(), host));
    }
    case OP.OBJ: {
      const [callable, ...args] = stack.takeToMark();
      if (callable === undefined) throw cursor.fail('OBJ without a class');
      return stack.create(callGlobal(callable, args, host));
    }
    case OP.BUILD: {
      stack.pop();
      const object = stack.top();
      // PyTorch puts version numbers of layers on a state dict as an attribute; nothing here has attributes.
      if (typeof object !== 'object' || object?.kind !== 'dict') throw cursor.fail(`BUILD on ${kindOf(object)}`);
      return;
    }
    case OP.BINPERSID:
      return stack.create(host.persistentLoad(stack.pop()));
    case OP.EXT1:
    case OP.EXT2:
    case OP.EXT4:
      // A global by number: which one, only Python's own registry would know.
      throw unsafe(`extension code of ${opcodeName(op)}`, host.fileName);
    default:
      throw cursor.fail(`${opcodeName(op)} is ${isOpcode(op) ? 'not allowed here' : 'unknown'}`);
  }
}

function globalFromLines(cursor: PickleCursor, host: PickleHost): PyGlobal {
  const module = cursor.name();
  return findGlobal(module, cursor.name(), host.fileName);
}

function index(value: number | bigint | boolean, cursor: PickleCursor): number {
  if (typeof value !== 'number') throw cursor.fail(`memo entry ${value}`);
  return value;
}

function append(stack: PickleStack, items: readonly PickleValue[], cursor: PickleCursor): void {
  const list = stack.top();
  if (typeof list !== 'object' || list?.kind !== 'list') throw cursor.fail(`APPEND to ${kindOf(list)}`);
  stack.chargeSlots(items.length);
  for (const item of items) list.items.push(item);
}

function setItems(dict: PickleValue, pairs: readonly PickleValue[], cursor: PickleCursor, stack: PickleStack): void {
  if (typeof dict !== 'object' || dict?.kind !== 'dict') throw cursor.fail(`SETITEM on ${kindOf(dict)}`);
  if (pairs.length % 2 !== 0) throw cursor.fail('a key without a value');
  stack.chargeEntries(pairs.length / 2);
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i]!;
    if (typeof key === 'object' && (key?.kind === 'list' || key?.kind === 'dict' || key?.kind === 'set')) {
      throw cursor.fail(`${kindOf(key)} as a key`);
    }
    dict.entries.set(key, pairs[i + 1]!);
  }
}
