/** Hostile constructions: files made to cost far more than their size are refused before they do. */
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { zipSource } from '../../src/formats/zip-write.ts';

/** Protocol 2, from Latin-1 text and bytes. */
function pickle(...parts: readonly (string | readonly number[])[]): Uint8Array {
  const pieces = ['\x80\x02', ...parts].map((part) => (typeof part === 'string' ? Uint8Array.from(part, (char) => char.charCodeAt(0)) : Uint8Array.from(part)));
  return Uint8Array.from(Buffer.concat(pieces));
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
    ['two million opcodes', pickle('N0'.repeat(1_000_000), '.'), 'BAD_PICKLE'],
    // One byte each, and two hundred in memory.
    ['a hundred thousand dictionaries', pickle('}'.repeat(100_000), '.'), 'BAD_PICKLE'],
    ['a hundred thousand memo entries', bytes(0x80, 4, 0x4e, ...Array<number>(100_000).fill(0x94), 0x2e), 'BAD_PICKLE'],
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

  it('refuses names that are long together', async () => {
    // {key: {key: … {"0": tensor, …}}}: each name would repeat a memoised key of 64,000 characters at every level.
    const levels = 40;
    const tensor = 'ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQK\0))\x89NtR';
    const key = 'k'.repeat(64_000);
    const data = pickle([0x58, 0, 0xfa, 0, 0], key, 'q\x000', ...repeated(levels, '}h\0'), '}X\x01\0\0\x000', tensor, 's', ...repeated(levels, 's'), '.');
    const records = [
      { path: 'a/data.pkl', content: sourceOf(data.slice()) },
      { path: 'a/data/0', content: sourceOf(new Uint8Array(4)) },
    ];
    const file = await joinBytes(zipSource(records));
    expect(() => readWeightFile(file, 'x')).toThrow("x: a tensor's name of 2560041 characters, at most 4096.");
  });

  it('reads a zip whose records lie over each other only once', async () => {
    const record = new Uint8Array(1000);
    const zip = await joinBytes(zipSource([{ path: 'a/data.pkl', content: sourceOf(record) }]));
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
    const bomb = await joinBytes(sourceOf(zip.slice(0, central), ...entries, end));
    expect(() => readWeightFile(bomb, 'x')).toThrow('x: the records of the zip archive overlap.');
  });
});
