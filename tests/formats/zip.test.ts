import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlobReader, TextWriter, ZipReader, configure } from '@zip.js/zip.js';
import type { ByteSource } from '../../src/formats/byte-source.ts';
import { joinBytes, sourceOf, textSource } from '../../src/formats/byte-source.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { readStoredZip } from '../../src/formats/zip-read.ts';
import { zipSource } from '../../src/formats/zip-write.ts';

configure({ useWebWorkers: false });

describe('crc32', () => {
  it('is that of zlib, at every alignment and in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 7 }), fc.nat({ max: 100 }), (data, shift, cut) => {
        const moved = new Uint8Array(data.length + shift);
        moved.set(data, shift);
        const bytes = moved.subarray(shift);
        expect(crc32(bytes)).toBe(zlibCrc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
      }),
    );
  });
});

describe('zip archives', () => {
  const part = fc.constantFrom('a', 'models', 'Task_1', 'ä é', '漢字', 'x'.repeat(70));
  const paths = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('/')}.txt`), { maxLength: 6 });
  const archives = fc.tuple(paths, fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 6, maxLength: 6 }), fc.constantFrom(1, 4, 64));

  it('come back, every record where its alignment wants it', async () => {
    await fc.assert(
      fc.asyncProperty(archives, async ([names, contents, alignment]) => {
        const source = zipSource(names.map((path, i) => ({ path, content: sourceOf(Uint8Array.from(contents[i]!)) })), { alignment });
        const records = readStoredZip(await joinBytes(source), 'x');
        expect([...records.keys()]).toEqual(names);
        [...records.values()].forEach((record, i) => {
          expect([...record]).toEqual([...contents[i]!]);
          expect(record.byteOffset % alignment).toBe(0);
        });
      }),
    );
  });

  it('are what another reader makes of them', async () => {
    const archive = zipSource([
      { path: 'a.txt', content: textSource('first') },
      { path: 'ä/b.txt', content: textSource('second') },
    ]);
    const reader = new ZipReader(new BlobReader(new Blob([await joinBytes(archive)])), { checkSignature: true });
    const texts = [];
    for (const entry of await reader.getEntries()) {
      if (!entry.directory) texts.push([entry.filename, await entry.getData(new TextWriter())]);
    }
    expect(texts).toEqual([['a.txt', 'first'], ['ä/b.txt', 'second']]);
  });

  it('are the same bytes whenever they are written', async () => {
    const source = zipSource([{ path: 'a', content: textSource('x') }]);
    expect(await joinBytes(source)).toEqual(await joinBytes(source));
  });

  it.each(['', '/a', 'a//b', '../a', 'a/../b', './a', 'a\\b'])('have no entry called %j', (path) => {
    expect(() => zipSource([{ path, content: textSource('') }])).toThrow('Not a path inside an archive');
  });

  it('have no path twice', () => {
    const entry = { path: 'a', content: textSource('') };
    expect(() => zipSource([entry, entry])).toThrow('share the path a');
  });

  it('use zip64 fields from 65,535 entries on', async () => {
    const count = 70_000;
    const content = textSource('');
    const archive = await joinBytes(zipSource(Array.from({ length: count }, (_, i) => ({ path: String(i), content }))));
    expect(readStoredZip(archive, 'x').size).toBe(count);
  });

  it('use zip64 fields for 4 GiB and more', async () => {
    // Announces its size, gives no bytes: the headers are what is tested.
    const huge: ByteSource = { sizeBytes: 2 ** 32 + 5, chunks: () => [] };
    const source = zipSource([
      { path: 'huge', content: huge },
      { path: 'after', content: textSource('z') },
    ]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.chunks()) chunks.push(chunk);
    const written = chunks.reduce((sum, { length }) => sum + length, 0);
    expect(source.sizeBytes).toBe(written + huge.sizeBytes);
    const local = new DataView(chunks[0]!.buffer);
    expect([local.getUint32(18, true), local.getUint32(22, true)]).toEqual([0xffffffff, 0xffffffff]);
    expect([local.getBigUint64(38, true), local.getBigUint64(46, true)]).toEqual([2n ** 32n + 5n, 2n ** 32n + 5n]);
    const central = new DataView(chunks.at(-2)!.buffer);
    expect(central.getUint32(42, true)).toBe(0xffffffff);
    expect(central.getBigUint64(46 + 5 + 4, true)).toBe(BigInt(chunks[0]!.length + huge.sizeBytes));
  });
});
