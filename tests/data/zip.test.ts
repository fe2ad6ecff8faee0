import { BlobWriter, TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, configure } from '@zip.js/zip.js';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importFiles } from '../../src/data/import-files.ts';
import { importImages } from '../../src/data/import-images.ts';
import { zipSource } from '../../src/data/sources/zip.ts';
import { readZipContents } from '../../src/data/zip/contents.ts';
import { readZipDirectory } from '../../src/data/zip/directory.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
import { PICTURES } from './pictures.ts';

configure({ useWebWorkers: false });

interface Made {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly options?: Record<string, unknown>;
}

/** An archive written by another program's code. */
async function archive(entries: readonly Made[], options: Record<string, unknown> = {}): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), options);
  for (const { name, bytes, options: own = {} } of entries) await writer.add(name, new Uint8ArrayReader(bytes), own);
  return writer.close();
}

/** An archive written byte by byte, for what no program writes. */
function rawArchive(entries: readonly { name: string; data: Uint8Array; method?: number; size?: number; crc?: number; offset?: number }[], options: { gapBefore?: number; count?: number } = {}): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array(options.gapBefore ?? 0)];
  let at = options.gapBefore ?? 0;
  const central: Uint8Array[] = [];
  for (const { name, data, method = 0, size = data.length, crc = crc32(data), offset } of entries) {
    const path = new TextEncoder().encode(name);
    const fields = (view: DataView, start: number): void => {
      view.setUint16(start, 20, true);
      view.setUint16(start + 2, 0x800, true);
      view.setUint16(start + 4, method, true);
      view.setUint32(start + 10, crc, true);
      view.setUint32(start + 14, data.length, true);
      view.setUint32(start + 18, size, true);
      view.setUint16(start + 22, path.length, true);
    };
    const head = new DataView(new ArrayBuffer(46));
    head.setUint32(0, 0x02014b50, true);
    fields(head, 6);
    head.setUint32(42, offset ?? at, true);
    central.push(new Uint8Array(head.buffer), path);
    if (offset !== undefined) continue;
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    fields(local, 4);
    parts.push(new Uint8Array(local.buffer), path, data);
    at += 30 + path.length + data.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, options.count ?? entries.length, true);
  end.setUint16(10, options.count ?? entries.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Uint8Array(Buffer.concat([...parts, ...central, new Uint8Array(end.buffer)]));
}

async function contents(bytes: Uint8Array, name = 'a.zip'): Promise<Map<string, Uint8Array | string>> {
  const source = bytesSource(name, bytes);
  const { entries } = await readZipDirectory(source);
  const found = new Map<string, Uint8Array | string>();
  for await (const batch of readZipContents(source, entries)) {
    for (const content of batch) found.set(content.entry.name, 'bytes' in content ? content.bytes : content.fault);
  }
  return found;
}

const png = async (): Promise<Uint8Array> => new Uint8Array(await PICTURES[0]!.make());
const text = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('zip archives', () => {
  it('give back what another program put in, however it packed it', async () => {
    const files = fc.uniqueArray(
      fc.record({ name: fc.string({ minLength: 1, maxLength: 30 }).map((s) => `d/${s.replace(/[/\\\x00-\x1f]/g, '_')}`), bytes: fc.uint8Array({ maxLength: 3000 }), level: fc.constantFrom(0, 1, 9) }),
      { maxLength: 8, selector: (f) => f.name },
    );
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async (list, zip64) => {
        const made = list.map(({ name, bytes, level }) => ({ name, bytes, options: { level, zip64 } }));
        const packed = await archive(made, { zip64 });
        const found = await contents(packed);
        expect([...found.keys()].toSorted()).toEqual(list.map((f) => f.name).toSorted());
        for (const { name, bytes } of list) expect(Buffer.compare(found.get(name) as Uint8Array, bytes)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('know names in other scripts, with and without the flag that says so', async () => {
    const names = ['красный/кот.png', '猫/黒.png', 'é/ñ.png'];
    const found = await contents(await archive(names.map((name) => ({ name, bytes: text(name) }))));
    expect([...found.keys()]).toEqual(names);
    // 0x82 is é in code page 437.
    const old = rawArchive([{ name: 'x_/a.png', data: text('a') }]);
    const bytes = new Uint8Array(old);
    for (let i = 0; i < bytes.length - 4; i++) {
      if (bytes[i] === 0x78 && bytes[i + 1] === 0x5f) bytes[i + 1] = 0x82;
      if (bytes[i] === 0x00 && bytes[i + 1] === 0x08 && (bytes[i - 2] === 20 || bytes[i - 2] === 0x14)) bytes[i + 1] = 0;
    }
    expect([...(await contents(bytes)).keys()]).toEqual(['xé/a.png']);
  });

  it('may have something before them and a comment after', async () => {
    const writer = new ZipWriter(new BlobWriter());
    await writer.add('a/b.txt', new TextReader('hello'));
    const plain = new Uint8Array(await (await writer.close(text('a comment'))).arrayBuffer());
    const prepended = new Uint8Array(Buffer.concat([text('#!/bin/sh\nexit\n'), plain]));
    for (const bytes of [plain, prepended]) expect(new TextDecoder().decode((await contents(bytes)).get('a/b.txt') as Uint8Array)).toBe('hello');
  });

  it('name entries that they cannot give', async () => {
    const secret = await archive([
      { name: 'a/locked.png', bytes: text('secret'), options: { password: 'p', zipCrypto: true } },
      { name: 'a/aes.png', bytes: text('secret'), options: { password: 'p' } },
      { name: 'a/open.png', bytes: text('open') },
    ]);
    const found = await contents(secret);
    expect([found.get('a/locked.png'), found.get('a/aes.png')]).toEqual(['it is encrypted', 'it is encrypted']);
    expect(found.get('a/open.png')).toBeInstanceOf(Uint8Array);
    const odd = await contents(rawArchive([
      { name: 'bzip2', data: text('x'), method: 12 },
      { name: 'huge', data: text('x'), method: 8, size: 2 ** 31 },
      { name: 'longer', data: deflateRawSync(new Uint8Array(1000)), method: 8, size: 999 },
      { name: 'shorter', data: deflateRawSync(new Uint8Array(1000)), method: 8, size: 1001 },
      { name: 'crc', data: text('abc'), crc: 1 },
    ]));
    expect(Object.fromEntries(odd)).toEqual({
      bzip2: 'it is compressed by method 12; only stored and deflated entries are read',
      huge: 'it has 2147483648 bytes, the limit is 67108864',
      longer: 'it unpacks to more than the archive says',
      shorter: 'it unpacks to less than the archive says',
      crc: 'its checksum (CRC-32) does not match: the file is damaged',
    });
  });

  it('do not unpack the same bytes again and again', async () => {
    const data = deflateRawSync(new Uint8Array(1_000_000));
    const bomb = rawArchive([{ name: 'a', data, method: 8, size: 1_000_000 }, ...Array.from({ length: 50 }, (_, k) => ({ name: `b${k}`, data, method: 8, size: 1_000_000, offset: 10 }))]);
    const found = await contents(bomb);
    for (let k = 0; k < 50; k++) expect(found.get(`b${k}`)).toMatch(/overlaps|header is not where/);
  });

  it('are refused with what is wrong, whatever byte they are cut at', async () => {
    const whole = await archive([{ name: 'a/b.txt', bytes: text('hello') }, { name: 'c', bytes: text('x'.repeat(500)) }]);
    for (let length = 0; length < whole.length; length++) {
      await expect(readZipDirectory(bytesSource('cut.zip', whole.subarray(0, length))), `${length} bytes`).rejects.toMatchObject({ message: expect.stringMatching(/^cut\.zip: /) as string });
    }
  });

  it('never break the reader, whatever byte is changed', async () => {
    const whole = await archive([{ name: 'a/b.txt', bytes: text('hello hello hello') }]);
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 0xff, whole[at]! ^ 1]) {
        const changed = whole.slice();
        changed[at] = value;
        const outcome = await contents(changed).then((map) => [...map.values()][0] ?? 'nothing', (error: unknown) => error);
        expect(outcome instanceof Uint8Array || typeof outcome === 'string' || (outcome as { name: string }).name === 'LabError', `byte ${at} = ${value}: ${String(outcome)}`).toBe(true);
      }
    }
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html>', /not a zip archive; this is a web page/],
    ['gzip', '\x1f\x8b\x08', /this is a gzip file/],
    ['a picture', '\x89PNG\r\n\x1a\n', /this is a PNG image/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1', /Git LFS pointer/],
    ['text', 'hello', /this is text/],
  ])('say what the file is instead: %s', async (_, start, message) => {
    await expect(readZipDirectory(bytesSource('x.zip', Uint8Array.from(start, (c) => c.charCodeAt(0))))).rejects.toMatchObject({ code: 'file-format', message: expect.stringMatching(message) as string });
  });

  it('whose entries do not match their number are refused', async () => {
    await expect(readZipDirectory(bytesSource('n.zip', rawArchive([{ name: 'a', data: text('a') }], { count: 5 })))).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('5 entries announced, 1 listed') as string,
    });
  });
});

describe('importing zips', () => {
  it('takes any tree with one folder a class', async () => {
    const image = await png();
    const paths = ['cats', 'dogs'].flatMap((c) => Array.from({ length: 7 }, (_, k) => `pets/${c}/${k}.png`));
    const bytes = await archive([...paths.map((name) => ({ name, bytes: image })), { name: 'pets/readme.txt', bytes: text('hi') }, { name: 'pets/stray.png', bytes: image }]);
    const { dataset } = await importFiles([{ path: 'pets.zip', source: bytesSource('pets.zip', bytes) }], memoryStore().store);
    expect(dataset).toMatchObject({ id: 'pets', name: 'pets', kind: 'folder', imageSize: 4, uniform: true });
    expect(dataset!.classes).toEqual([
      { id: 'cats', name: 'cats', trainCount: 6, testCount: 1 },
      { id: 'dogs', name: 'dogs', trainCount: 6, testCount: 1 },
    ]);
    expect(dataset!.skipped).toEqual({ count: 1, ignored: 1, entries: [{ name: 'pets/stray.png', reason: 'it is in no class folder' }] });
  });

  it('skips duplicates, and classes of which nothing is left', async () => {
    const image = await png();
    const bytes = rawArchive([
      { name: 'a/1.png', data: image }, { name: 'a/1.png', data: image }, { name: 'a/2.png', data: image },
      { name: 'b/1.png', data: text('no') }, { name: 'b/2.png', data: image },
    ]);
    const { dataset } = await importFiles([{ path: 'd.zip', source: bytesSource('d.zip', bytes) }], memoryStore().store);
    expect(dataset!.classes).toEqual([{ id: 'a', name: 'a', trainCount: 1, testCount: 1 }]);
    expect(dataset!.skipped.entries.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'a/1.png: there is another file of this name',
      'b/1.png: not a JPEG, PNG, WebP or GIF image: this is text',
      'a test image of class b: its class has no usable training images',
    ]);
  });

  it('reads Tiny-ImageNet in other shapes: no wnids.txt, val/ in folders, names with carriage returns', async () => {
    const image = await png();
    const wnids = ['n00000002', 'n00000001'];
    const bytes = await archive([
      { name: 't/words.txt', bytes: text('n00000001\tone, uno\r\nn00000002\ttwo\r\n') },
      ...wnids.flatMap((w) => [1, 2].map((k) => ({ name: `t/train/${w}/images/${w}_${k}.png`, bytes: image }))),
      ...wnids.map((w) => ({ name: `t/val/${w}/v_${w}.png`, bytes: image })),
      { name: 't/test/images/x.png', bytes: image },
    ]);
    const { dataset } = await importFiles([{ path: 't.zip', source: bytesSource('t.zip', bytes) }], memoryStore().store);
    expect(dataset!.classes).toEqual([
      { id: 'n00000001', name: 'one, uno', trainCount: 2, testCount: 1 },
      { id: 'n00000002', name: 'two', trainCount: 2, testCount: 1 },
    ]);
    expect(dataset!.skipped).toEqual({ count: 0, ignored: 1, entries: [] });
  });

  it('refuses an archive that would unpack to many times its size', async () => {
    const data = deflateRawSync(new Uint8Array(40_000_000));
    const bytes = rawArchive(Array.from({ length: 30 }, (_, k) => ({ name: `c/${k}.png`, data, method: 8, size: 40_000_000 })));
    await expect(zipSource(bytesSource('bomb.zip', bytes))).rejects.toMatchObject({ code: 'file-limit', message: expect.stringMatching(/bomb\.zip: its images would unpack to 1200000000 bytes/) as string });
  });

  it('imports a hundred thousand tiny entries without asking for each', async () => {
    const image = await png();
    const bytes = rawArchive(Array.from({ length: 100_000 }, (_, k) => ({ name: `c${k % 10}/${k}.png`, data: image })), { count: 100_000 & 0xffff });
    const source = bytesSource('many.zip', bytes);
    let slices = 0;
    const { dataset } = await importImages(memoryStore().store, await zipSource({ ...source, slice: (a, b) => (slices++, source.slice(a, b)) }));
    expect(dataset!.classes.reduce((sum, c) => sum + c.trainCount + c.testCount, 0)).toBe(100_000);
    expect(slices).toBeLessThan(400);
  });

  it('reads entries of the real archive in few large slices', async () => {
    const whole = readShared('data/tiny-imagenet-mini.zip');
    const source = bytesSource('mini.zip', whole);
    let slices = 0;
    await importImages(memoryStore().store, await zipSource({ ...source, slice: (a, b) => (slices++, source.slice(a, b)) }));
    expect(slices).toBeLessThan(20);
    expect(source.bytesRead).toBeLessThan(1.2 * whole.length);
  });
});

it('gives entries limits that they cannot reach beyond', async () => {
  const { entries } = await readZipDirectory(bytesSource('a.zip', rawArchive([{ name: 'a', data: text('aaa') }, { name: 'b', data: text('b') }])));
  expect([0, 1].map((k) => [entries.at(k).offset, entries.at(k).limit])).toEqual([[0, 34], [34, 66]]);
});
