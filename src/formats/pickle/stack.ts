/** The pickle machine's stack, marks and memo. */
import type { PickleCursor } from './cursor.ts';
import type { PickleHost } from './interpret.ts';
import { chargeValue, ENTRY_BYTES, MAX_MARKS, MAX_MEMO, SLOT_BYTES, valueBytes } from './limits.ts';
import type { PickleValue } from './values.ts';

export class PickleStack {
  /** Values since the last mark; those before it wait in `below`. */
  private values: PickleValue[] = [];
  private readonly below: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly cursor: PickleCursor;
  private readonly host: PickleHost;

  constructor(cursor: PickleCursor, host: PickleHost) {
    this.cursor = cursor;
    this.host = host;
  }

  /** Pushes a value that is there already. */
  push(value: PickleValue): void {
    this.charge(SLOT_BYTES);
    this.values.push(value);
  }

  /** Pushes a value that did not exist before. */
  create(value: PickleValue): void {
    this.charge(valueBytes(value));
    this.push(value);
  }

  /** Counts what `count` more values take in a list. */
  chargeSlots(count: number): void {
    this.charge(count * SLOT_BYTES);
  }

  /** Counts what `count` more entries take in a dictionary. */
  chargeEntries(count: number): void {
    this.charge(count * ENTRY_BYTES);
  }

  pop(): PickleValue {
    const value = this.values.pop();
    if (value === undefined) throw this.underflow();
    return value;
  }

  top(): PickleValue {
    const value = this.values.at(-1);
    if (value === undefined) throw this.underflow();
    return value;
  }

  /** The last `count` values, oldest first. */
  take(count: number): PickleValue[] {
    if (this.values.length < count) throw this.underflow();
    return this.values.splice(this.values.length - count);
  }

  mark(): void {
    if (this.below.length >= MAX_MARKS) throw this.cursor.fail(`more than ${MAX_MARKS} open marks`);
    this.charge(valueBytes({ kind: 'list', items: [] }));
    this.below.push(this.values);
    this.values = [];
  }

  /** Everything since the last mark, which is gone. */
  takeToMark(): PickleValue[] {
    const taken = this.values;
    const values = this.below.pop();
    if (values === undefined) throw this.cursor.fail('a mark is missing');
    this.values = values;
    return taken;
  }

  /** POP removes a mark where that is what is on top. */
  drop(): void {
    if (this.values.length === 0 && this.below.length > 0) this.takeToMark();
    else this.pop();
  }

  remember(index: number): void {
    if (index < 0 || this.memo.size >= MAX_MEMO) throw this.cursor.fail(`memo entry ${index} with ${this.memo.size} stored`);
    this.chargeEntries(1);
    this.memo.set(index, this.top());
  }

  /** MEMOIZE counts by itself. */
  rememberNext(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw this.cursor.fail(`memo entry ${index} was never stored`);
    return value;
  }

  private charge(bytes: number): void {
    chargeValue(bytes, this.host.budget, this.host.fileName);
  }

  private underflow(): Error {
    return this.cursor.fail('the stack is empty');
  }
}
