/**
 * Damaged files: whatever the bytes, a reader returns tensors or throws a LabError that names the file; quickly, and without
 * taking more memory than it promises.
 */
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';
import { createRandom } from '../../src/core/random.ts';
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { elementCount } from '../../src/formats/named-tensors.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { isZip, readStoredZip } from '../../src/formats/zip-read.ts';
import { zipSource } from '../../src/formats/zip-write.ts';
import { readShared, readSharedJson } from '../helpers/shared.ts';

const { files } = readSharedJson<{ files: Record<string, { parse: string; bytes: number }> }>('reference/formats/expect.json');
const ACCEPTED = Object.entries(files).filter(([, file]) => file.parse === 'accept');
const SMALL = ACCEPTED.filter(([, { bytes }]) => bytes <= 16_384).map(([name]) => name);

/** The tensors of a file, or null where it was refused as it should be. */
function outcome(bytes: Uint8Array, name: string): readonly NamedTensor[] | null {
  try {
    return readWeightFile(bytes, name).tensors;
  } catch (error) {
    if (!(error instanceof LabError) || !error.message.startsWith(`${name}: `)) throw error;
    return null;
  }
}

/** Bytes that a result holds besides the file itself. */
function copiedBytes(tensors: readonly NamedTensor[], file: Uint8Array): number {
  const buffers = new Set(tensors.map(({ data }) => data.buffer).filter((buffer) => buffer !== file.buffer));
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
}

/** One to four small injuries: a bit flipped, a byte replaced, bytes removed, doubled, or moved from elsewhere in the file. */
function injure(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let hurt = new Uint8Array(bytes);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(hurt.length || 1);
    const length = 1 + random.below(8);
    const from = random.below(hurt.length || 1);
    switch (random.below(5)) {
      case 0:
        hurt[at]! ^= 1 << random.below(8);
        break;
      case 1:
        // Values at the edges of their types reach further than random ones.
        hurt[at] = [0, 1, 0x7f, 0x80, 0xff, random.below(256)][random.below(6)]!;
        break;
      case 2:
        hurt = splice(hurt, at, length, new Uint8Array(0));
        break;
      case 3:
        hurt = splice(hurt, at, 0, hurt.slice(at, at + length));
        break;
      default:
        hurt = splice(hurt, at, length, hurt.slice(from, from + length));
    }
  }
  return hurt;
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(sourceOf(bytes.slice(0, at), insert.slice(), bytes.slice(at + remove)));
}

/** Without this, the CRC would catch every injury of a zip's pickle before the interpreter saw it. */
function withInjuredPickle(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const records = [...readStoredZip(bytes, 'whole')];
  return joinBytes(
    zipSource(
      records.map(([path, record]) => {
        const content = path.endsWith('/data.pkl') ? injure(record, random) : record.slice();
        return { path, content: sourceOf(content) };
      }),
    ),
  );
}

describe('truncation', () => {
  it.each(SMALL)('%s is refused at every length', (name) => {
    const whole = readShared(`reference/formats/${name}`);
    const accepted: number[] = [];
    for (let length = 0; length < whole.length; length++) {
      if (outcome(whole.subarray(0, length), name) !== null) accepted.push(length);
    }
    expect(accepted).toEqual([]);
  });
});

describe('100,000 random injuries', () => {
  const each = Math.ceil(100_000 / ACCEPTED.length / 10) * 10;

  it.each(ACCEPTED.map(([name]) => name))('%s', { timeout: 60_000 }, (name) => {
    const whole = readShared(`reference/formats/${name}`);
    const random = createRandom(1, 'injuries', name);
    // Every byte of a large file is copied and summed each time: a few of these tell as much as many.
    const rounds = whole.length > 100_000 ? Math.ceil(each / 20) : each;
    let slowestUs = 0;
    let survived = 0;
    const wrong: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const hurt = isZip(whole) && round % 4 !== 0 ? withInjuredPickle(whole, random) : injure(whole, random);
      const started = process.cpuUsage();
      const tensors = outcome(hurt, name);
      slowestUs = Math.max(slowestUs, process.cpuUsage(started).user);
      if (tensors === null) continue;
      survived++;
      for (const { name: tensor, shape, data } of tensors) {
        if (data.length !== elementCount(shape)) wrong.push(`round ${round}: ${tensor} [${shape.join(', ')}] has ${data.length} values`);
      }
      const copied = copiedBytes(tensors, hurt);
      if (copied > 3 * hurt.length + 2 ** 20) wrong.push(`round ${round}: ${copied} bytes for a file of ${hurt.length}`);
    }
    expect(wrong).toEqual([]);
    // Injuries that all die at the door would test nothing behind it.
    expect(survived).toBeGreaterThan(0);
    // Processor time, which a busy machine does not stretch: a runaway loop takes far more, nothing else comes near.
    expect(slowestUs).toBeLessThan(1_000_000);
  });
});

/** Protocol 2, from Latin-1 text and bytes. */
function pickle(...parts: readonly (string | readonly number[])[]): Uint8Array {
  const pieces = ['\x80\x02', ...parts].map((part) => (typeof part === 'string' ? Uint8Array.from(part, (char) => char.charCodeAt(0)) : Uint8Array.from(part)));
  return joinBytes(sourceOf(...pieces));
}

function repeated(count: number, part: string): string[] {
  return Array<string>(count).fill(part);
}

describe('hostile constructions', () => {
  const bytes = (...codes: readonly number[]): Uint8Array => Uint8Array.from(codes);

  it.each<[name: string, file: Uint8Array, code: string]>([
    ['a list inside itself', bytes(0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e), 'BAD_PICKLE'],
    // Each list holds the one before ten times: 10^30 paths.
    ['lists that multiply', bytes(0x5d, ...Array.from({ length: 30 }, () => [0x71, 0, 0x5d, 0x28, ...Array<number[]>(10).fill([0x68, 0]).flat(), 0x65]).flat(), 0x2e), 'TOO_LARGE'],
    ['marks without end', bytes(...Array<number>(5000).fill(0x28), 0x4e, 0x2e), 'BAD_PICKLE'],
    ['an integer of 2 GiB', bytes(0x8b, 0xff, 0xff, 0xff, 0x7f, 0x2e), 'BAD_PICKLE'],
    ['a negative length', bytes(0x54, 0xff, 0xff, 0xff, 0xff, 0x2e), 'BAD_PICKLE'],
    ['bytes of 2^63', bytes(0x80, 5, 0x8e, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x2e), 'BAD_PICKLE'],
    ['a registered extension', bytes(0x80, 2, 0x82, 1, 0x2e), 'UNSAFE_GLOBAL'],
    ['an out-of-band buffer', bytes(0x80, 5, 0x97, 0x2e), 'BAD_PICKLE'],
    ['protocol 6', bytes(0x80, 6, 0x4e, 0x2e), 'BAD_PICKLE'],
    ['a called storage class', new TextEncoder().encode('ctorch\nFloatStorage\n(tR.'), 'BAD_PICKLE'],
    ['a called number', bytes(0x80, 2, 0x4b, 1, 0x29, 0x52, 0x2e), 'BAD_PICKLE'],
    ['two million opcodes', pickle('N'.repeat(2_000_000), '.'), 'BAD_PICKLE'],
    // A memoised megabyte, copied by nine bytes of pickle each time.
    [
      'text encoded again and again',
      pickle('c_codecs\nencode\nq\0', [0x58, 0, 0, 0x10, 0], 'x'.repeat(1 << 20), 'q\x01', [0x58, 6, 0, 0, 0], 'latin1q\x02', ...repeated(20_000, 'h\0h\x01h\x02\x86R0'), 'N.'),
      'TOO_LARGE',
    ],
    // A list of 50,000 pairs made into a dictionary 10,000 times.
    [
      'a dictionary built again and again',
      pickle('ccollections\nOrderedDict\nq\0NN\x86q\x01]q\x02(', ...repeated(50_000, 'h\x01'), 'e', ...repeated(10_000, 'h\0h\x02\x85R0'), 'N.'),
      'BAD_PICKLE',
    ],
  ])('%s', (_, file, code) => {
    let error: unknown;
    try {
      readWeightFile(file, 'x');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).code).toBe(code);
  });

  it('refuses names that are long together', () => {
    // {key: {key: … {"0": tensor, …}}}: each name would repeat a memoised key of 64,000 characters at every level.
    const levels = 40;
    const tensor = 'ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQK\0))\x89NtR';
    const key = 'k'.repeat(64_000);
    const data = pickle([0x58, 0, 0xfa, 0, 0], key, 'q\x000', ...repeated(levels, '}h\0'), '}X\x01\0\0\x000', tensor, 's', ...repeated(levels, 's'), '.');
    const records = [
      { path: 'a/data.pkl', content: sourceOf(data.slice()) },
      { path: 'a/data/0', content: sourceOf(new Uint8Array(4)) },
    ];
    expect(() => readWeightFile(joinBytes(zipSource(records)), 'x')).toThrow("x: a tensor's name of 2560041 characters, at most 4096.");
  });

  it('reads a zip whose records lie over each other only once', () => {
    const record = new Uint8Array(1000);
    const zip = joinBytes(zipSource([{ path: 'a/data.pkl', content: sourceOf(record) }]));
    const central = zip.length - 22 - (46 + 10);
    const entry = zip.slice(central, central + 56);
    const end = zip.slice(-22);
    const count = 50;
    const entries = Array.from({ length: count }, (_, i) => {
      const copy = entry.slice();
      copy[46] = 0x61 + (i % 26);
      copy[55] = 0x30 + Math.floor(i / 26);
      return copy;
    });
    const view = new DataView(end.buffer);
    view.setUint16(8, count, true);
    view.setUint16(10, count, true);
    view.setUint32(12, 56 * count, true);
    const bomb = joinBytes(sourceOf(zip.slice(0, central), ...entries, end));
    expect(() => readWeightFile(bomb, 'x')).toThrow('x: the records of the zip archive overlap.');
  });
});
