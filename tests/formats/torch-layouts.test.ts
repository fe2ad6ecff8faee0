/** Corners of PyTorch's two layouts that the reference files do not reach. */
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/formats/byte-source.ts';
import { chainedSource, joinBytes, sourceOf, textSource } from '../../src/formats/byte-source.ts';
import { PickleWriter } from '../../src/formats/pickle/pickle-write.ts';
import { LEGACY_MAGIC, LEGACY_PROTOCOL, writeTensor } from '../../src/formats/torch-types.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { zipSource } from '../../src/formats/zip-write.ts';
import { readShared } from '../helpers/shared.ts';

/** Ten bytes, little-endian, as LONG1 has them. */
function magic(): ByteSource {
  const digits = Array.from({ length: 10 }, (_, i) => Number((LEGACY_MAGIC >> BigInt(8 * i)) & 0xffn));
  return sourceOf(Uint8Array.of(0x80, 2, 0x8a, 10, ...digits, 0x2e));
}

/** A legacy file whose one tensor is a view of `count` elements from `offset` of a storage 10, 11, 12, 13. */
function legacyView(offset: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const object = new PickleWriter(2).emptyDict().mark().text('w');
  writeTensor(object, [count], () => {
    object.mark().text('storage').global('torch', 'FloatStorage').text('root').text('cpu').int(4);
    object.mark().text('view').int(offset).int(count).tuple().tuple().persistentId();
  });
  return joinBytes(chainedSource([
    magic(),
    new PickleWriter(2).int(LEGACY_PROTOCOL).stop(),
    new PickleWriter(2).emptyDict().mark().text('little_endian').bool(true).setItems().stop(),
    object.setItems().stop(),
    new PickleWriter(2).emptyList().text('root').append().stop(),
    sourceOf(new Uint8Array(BigInt64Array.of(4n).buffer), new Uint8Array(Float32Array.of(10, 11, 12, 13).buffer)),
  ]));
}

describe('legacy files', () => {
  it('may have views of storages', async () => {
    const [tensor] = readWeightFile(await legacyView(1, 2), 'x').tensors;
    expect([...tensor!.data]).toEqual([11, 12]);
  });

  it('may have no view beyond its storage', async () => {
    const file = await legacyView(3, 2);
    expect(() => readWeightFile(file, 'x')).toThrow('x: a view reaches element 5 of storage root, which has 4.');
  });

  it('may not be big-endian', () => {
    const bytes = readShared('reference/formats/head_legacy.pth');
    const text = new TextDecoder('latin1').decode(bytes);
    const flag = text.indexOf('\x88', text.indexOf('little_endian'));
    bytes[flag] = 0x89;
    expect(() => readWeightFile(bytes, 'x')).toThrow(expect.objectContaining({ code: 'BYTE_ORDER' }));
  });
});

describe('zip files', () => {
  it('may have one data.pkl only', async () => {
    const pickle = new PickleWriter(2).emptyDict().stop();
    const file = await joinBytes(zipSource([{ path: 'a/data.pkl', content: pickle }, { path: 'b/data.pkl', content: pickle }]));
    expect(() => readWeightFile(file, 'x')).toThrow('x: a zip archive with 2 files called data.pkl.');
  });

  it('may have other records, and comments at the end', async () => {
    const pickle = new PickleWriter(2).emptyDict().stop();
    const file = await joinBytes(zipSource([{ path: 'a/data.pkl', content: pickle }, { path: 'a/.data/serialization_id', content: textSource('1') }]));
    const commented = await joinBytes(sourceOf(file, new TextEncoder().encode('hello')));
    new DataView(commented.buffer).setUint16(file.length - 2, 5, true);
    expect(readWeightFile(commented, 'x').tensors).toEqual([]);
  });

  it('are refused encrypted', async () => {
    const file = await joinBytes(zipSource([{ path: 'a/data.pkl', content: textSource('x') }]));
    const central = file.length - 22 - 46 - 'a/data.pkl'.length;
    file[central + 8]! |= 1;
    expect(() => readWeightFile(file, 'x')).toThrow('x: a/data.pkl is encrypted.');
  });
});
