/** Each limit of `pickle/limits.ts` from both sides: what stands at it is read, what stands one beyond is refused and says why. */
import { describe, expect, it } from 'vitest';
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import {
  MAX_DEPTH, MAX_INTEGER_BYTES, MAX_INTEGER_DIGITS, MAX_LINE_BYTES, MAX_MARKS, MAX_NAME_LENGTH, MAX_NESTED_FILES, MAX_RANK, MAX_TEXT_BYTES,
} from '../../src/formats/pickle/limits.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { zipSource } from '../../src/formats/zip-write.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const latin1 = (text: string): Bytes => Uint8Array.from(text, (char) => char.charCodeAt(0));
const length32 = (count: number): string => String.fromCharCode(...new Uint8Array(Uint32Array.of(count).buffer));
const pickle = (text: string): Bytes => latin1(`\x80\x02${text}.`);

/** A torch file of `levels` files inside each other, the innermost holding nothing. */
function nested(levels: number): string {
  const magic = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.';
  const inner = levels === 1 ? 'N' : nested(levels - 1);
  const file = `${magic}\x80\x02M\xe9\x03.\x80\x02}(X${length32(13)}little_endian\x88u.\x80\x02${inner}.\x80\x02].`;
  return `ctorch.storage\n_load_from_bytes\nB${length32(file.length)}${file}\x85R`;
}

/** A torch file of one tensor of one value under a key of so many characters, with so many dimensions. */
function torchFile(keyLength: number, rank: number): Promise<Bytes> {
  const ones = `(${'K\x01'.repeat(rank)}t`;
  const storage = `(X${length32(7)}storagectorch\nFloatStorage\nX${length32(1)}0X${length32(3)}cpuK\x01tQ`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\0${ones}${ones}\x89NtR`;
  return joinBytes(zipSource([
    { path: 'a/data.pkl', content: sourceOf(pickle(`}X${length32(keyLength)}${'k'.repeat(keyLength)}${tensor}s`)) },
    { path: 'a/data/0', content: sourceOf(new Uint8Array(4)) },
  ]));
}

describe('a file is read up to the limit, and refused beyond it', () => {
  it.each<[what: string, limit: number, make: (count: number) => Bytes | Promise<Bytes>, says: string]>([
    ['open marks', MAX_MARKS, (count) => pickle(`${'('.repeat(count)}${'1'.repeat(count)}N`), 'open marks'],
    // The outermost list is at depth 0.
    ['depth of values', MAX_DEPTH + 1, (count) => pickle(`${']'.repeat(count)}${'a'.repeat(count - 1)}`), 'nested more than'],
    ['files inside files', MAX_NESTED_FILES, (count) => pickle(nested(count)), 'files inside files'],
    ['bytes of a line', MAX_LINE_BYTES - 1, (count) => pickle(`S'${'a'.repeat(count - 2)}'\n`), 'a line without an end'],
    ['digits of a number', MAX_INTEGER_DIGITS, (count) => pickle(`]I${'9'.repeat(count)}\na`), 'not a whole number'],
    ['bytes of a number', MAX_INTEGER_BYTES, (count) => pickle(`]\x8a${String.fromCharCode(count)}${'\x01'.repeat(count)}a`), 'an integer of'],
    ['bytes of a text', MAX_TEXT_BYTES, (count) => pickle(`T${length32(count)}${'a'.repeat(count)}`), 'a string of'],
    ['dimensions', MAX_RANK, (count) => torchFile(1, count), 'dimensions, at most'],
    ['characters of a name', MAX_NAME_LENGTH, (count) => torchFile(count, 1), 'characters, at most'],
  ])('%s: %i', async (_, limit, make, says) => {
    const [allowed, refused] = [await make(limit), await make(limit + 1)];
    expect(() => readWeightFile(allowed, 'x')).not.toThrow();
    expect(() => readWeightFile(refused, 'x')).toThrow(says);
  });
});
