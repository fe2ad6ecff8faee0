/** Reads the arguments of opcodes. Nothing is read beyond the file, and nothing grows beyond `limits.ts`. */
import { quoted, refusal } from '../refuse.ts';
import { MAX_INTEGER_BYTES, MAX_INTEGER_DIGITS, MAX_LINE_BYTES, MAX_TEXT_BYTES } from './limits.ts';
import type { PickleValue } from './values.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Really Windows-1252 in web platforms, so bytes are mapped by hand. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export class PickleCursor {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly fileName: string;
  at: number;

  constructor(bytes: Uint8Array, start: number, fileName: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.fileName = fileName;
  }

  /** 'BAD_PICKLE', with the position. */
  fail(detail: string, cause?: unknown): Error {
    return refusal('BAD_PICKLE', this.fileName, `damaged pickle near byte ${this.at}: ${detail}`, cause);
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  uint8(): number {
    return this.bytes[this.advance(1)]!;
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** A length of 64 bits, which a file can only hold up to its own. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }

  /** BINFLOAT is the one big-endian argument. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Text of protocols 1 to 5, UTF-8; undecoded where it is long. */
  text(length: number): PickleValue {
    const bytes = this.take(length);
    return length > MAX_TEXT_BYTES ? { kind: 'long-text', utf8: bytes } : this.decode(bytes);
  }

  /** A string that Python 2 wrote: bytes that are almost always ASCII. */
  legacyText(length: number): string {
    if (length < 0 || length > MAX_TEXT_BYTES) throw this.fail(`a string of ${length} bytes`);
    return latin1(this.take(length));
  }

  /** A little-endian two's complement integer of `length` bytes. */
  integer(length: number): number | bigint {
    if (length < 0 || length > MAX_INTEGER_BYTES) throw this.fail(`an integer of ${length} bytes`);
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return narrow(BigInt.asIntN(8 * length, value));
  }

  /** A module's or attribute's name. */
  name(): string {
    return this.decode(this.lineBytes());
  }

  /** INT: decimal, or 00 and 01 for False and True. */
  decimalOrBool(): number | bigint | boolean {
    const text = latin1(this.lineBytes());
    if (text === '00' || text === '01') return text === '01';
    return this.parseDecimal(text);
  }

  /** LONG: decimal, usually with an L. */
  decimalLong(): number | bigint {
    return this.parseDecimal(latin1(this.lineBytes()).replace(/L$/, ''));
  }

  decimalFloat(): number {
    const text = latin1(this.lineBytes());
    const value = { nan: NaN, inf: Infinity, '-inf': -Infinity }[text] ?? (/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(text) ? Number(text) : null);
    if (value === null || (Number.isNaN(value) && text !== 'nan')) throw this.fail(`not a number: ${quoted(text)}`);
    return value;
  }

  /** STRING: a quoted Python literal. */
  quotedLine(): string {
    const text = latin1(this.lineBytes());
    const quote = text[0];
    if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) throw this.fail(`not a quoted string: ${quoted(text)}`);
    return text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, escape: string) => unescape(escape));
  }

  /** UNICODE: raw-unicode-escape. */
  unicodeLine(): string {
    return latin1(this.lineBytes()).replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  }

  private lineBytes(): Uint8Array {
    const limit = Math.min(this.bytes.length, this.at + MAX_LINE_BYTES);
    let end = this.at;
    while (end < limit && this.bytes[end] !== 0x0a) end++;
    if (end === limit) throw this.fail(`a line without an end in ${limit - this.at} bytes`);
    const line = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return line[line.length - 1] === 0x0d ? line.subarray(0, -1) : line;
  }

  private parseDecimal(text: string): number | bigint {
    if (!/^[-+]?\d+$/.test(text) || text.length > MAX_INTEGER_DIGITS) throw this.fail(`not a whole number: ${quoted(text)}`);
    return narrow(BigInt(text.replace(/^\+/, '')));
  }

  private decode(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch (error) {
      throw this.fail('text that is not UTF-8', error);
    }
  }

  /** Moves on and returns the position before. */
  private advance(count: number): number {
    if (count > this.remaining) throw this.fail(`${count} bytes are announced, ${this.remaining} are left`);
    const start = this.at;
    this.at += count;
    return start;
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function unescape(escape: string): string {
  if (escape[0] === 'x') return String.fromCharCode(parseInt(escape.slice(1), 16));
  return { n: '\n', r: '\r', t: '\t' }[escape] ?? escape;
}
