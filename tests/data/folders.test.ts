import { describe, expect, it } from 'vitest';
import { importFiles, type GivenFile } from '../../src/data/import-files.ts';
import { inspectImage } from '../../src/data/image-format.ts';
import { labelByFolders } from '../../src/data/sources/class-folders.ts';
import { isHeldOut } from '../../src/data/sources/labels.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
import { CMYK_PICTURE, PICTURES } from './pictures.ts';

const png = async (): Promise<Uint8Array> => new Uint8Array(await PICTURES[0]!.make());
const file = (path: string, bytes: Uint8Array): GivenFile => ({ path, source: bytesSource(path, bytes) });
const label = (...paths: string[]) => labelByFolders({ length: paths.length, path: (i) => paths[i]!, name: (i) => paths[i]! });
const short = (labels: ReturnType<typeof label>) =>
  labels && Array.from({ length: labels.images.length }, (_, k) => `${labels.images.classId(k)} ${labels.images.split(k)} ${labels.images.imageName(k)}`);

describe('labels from folders', () => {
  it('are the folders’ names, below whatever is around them all', () => {
    expect(short(label('x/y/cats/1.png', 'x/y/dogs/1.png', 'x/y/dogs/deep/2.jpg'))).toEqual(['cats train 1.png', 'dogs train 1.png', 'dogs test deep/2.jpg']);
    expect(label('x/y/cats/1.png', 'x/y/dogs/1.png')?.name).toBe('y');
    expect(short(label('cats/1.png'))).toEqual(['cats train 1.png']);
    expect(label('1.png', '2.png')).toBeNull();
    expect(label('cats/1.txt')).toBeNull();
  });

  it('know train, val and test above them', () => {
    expect(short(label('d/train/a/1.png', 'd/train/b/1.png', 'd/val/a/2.png', 'd/test/a/3.png'))).toEqual(['a train 1.png', 'b train 1.png', 'a test 2.png']);
    expect(short(label('Training/a/1.png', 'Test/a/3.png'))).toEqual(['a train 1.png', 'a test 3.png']);
    // Without a training folder they are classes like others.
    expect(short(label('val/1.png', 'test/3.png'))).toEqual(['val train 1.png', 'test train 3.png']);
  });

  it('leave out what leads outside, leftovers and other files', () => {
    const labels = label('a/1.png', 'a/../../b/2.png', '/abs/3.png', 'a/._1.png', '__MACOSX/a/1.png', 'a/.DS_Store', 'a/notes.txt', 'a/1.png');
    expect(short(labels)).toEqual(['a train 1.png']);
    expect(labels?.ignored).toBe(4);
    expect(labels?.faults.map((fault) => fault.name)).toEqual(['a/../../b/2.png', '/abs/3.png', 'a/1.png']);
  });

  it('hold the sixth image out, or the last of a few', () => {
    const heldOut = (count: number) => Array.from({ length: count }, (_, k) => k).filter((k) => isHeldOut(k, count));
    expect([heldOut(1), heldOut(2), heldOut(5), heldOut(6), heldOut(13)]).toEqual([[], [1], [4], [5], [5, 11]]);
  });
});

describe('importing folders', () => {
  it('stores what is dropped, in any order, as the same dataset', async () => {
    const image = await png();
    const files = ['cats', 'dogs'].flatMap((c) => Array.from({ length: 6 }, (_, k) => file(`pets/${c}/${k}.png`, image)));
    const there = memoryStore();
    const a = (await importFiles(files, there.store)).dataset!;
    const b = (await importFiles(files.toReversed(), memoryStore().store)).dataset!;
    expect(a).toMatchObject({ id: 'pets', name: 'pets', kind: 'folder', source: 'pets' });
    expect(a.classes).toEqual(b.classes);
    expect((await importFiles(files.toReversed(), there.store)).alreadyStored).toBe(true);
    expect((await (await there.store.reader('pets')).readClass('dogs', 'train')).names).toEqual(['0.png', '1.png', '2.png', '3.png', '4.png']);
  });

  it('reads an unpacked Tiny-ImageNet as the zip', async () => {
    const image = await png();
    const text = (s: string): Uint8Array => new TextEncoder().encode(s);
    const { dataset } = await importFiles(
      [
        file('tiny-imagenet-200/wnids.txt', text('n00000001\n')),
        file('tiny-imagenet-200/words.txt', text('n00000001\tthing')),
        file('tiny-imagenet-200/train/n00000001/images/a.JPEG', image),
        file('tiny-imagenet-200/val/val_annotations.txt', text('v.JPEG\tn00000001\t0\t0\t1\t1\n')),
        file('tiny-imagenet-200/val/images/v.JPEG', image),
      ],
      memoryStore().store,
    );
    expect(dataset).toMatchObject({ kind: 'tiny-imagenet', classes: [{ id: 'n00000001', name: 'thing', trainCount: 1, testCount: 1 }] });
  });

  it('skips bad images, naming them, and refuses where none is left', async () => {
    const image = await png();
    const { dataset } = await importFiles([file('a/1.png', image), file('a/2.png', image.subarray(0, image.length - 12)), file('a/3.png', new Uint8Array(0))], memoryStore().store);
    expect(dataset!.skipped.entries).toEqual([
      { name: 'a/3.png', reason: 'the file is empty' },
      { name: 'a/2.png', reason: 'the PNG is cut short (no IEND chunk)' },
    ]);
    const { store, blobs } = memoryStore();
    await expect(importFiles([file('a/3.png', new Uint8Array(0)), file('b/3.png', new Uint8Array(3))], store)).rejects.toMatchObject({ code: 'file-damaged' });
    expect(blobs.map.size).toBe(0);
  });

  it.each<[string, readonly GivenFile[], string, RegExp]>([
    ['nothing', [], 'file-format', /No files/],
    ['loose images', [file('1.png', Uint8Array.of(1)), file('2.png', Uint8Array.of(1))], 'file-format', /1\.png and 1 more images are in no class folder/],
    ['one image', [file('1.png', Uint8Array.of(1))], 'file-format', /1\.png is in no class folder/],
    ['texts', [file('a/1.txt', Uint8Array.of(65)), file('a/2.txt', Uint8Array.of(65))], 'file-format', /No images among the 2 files/],
    ['a PDF', [file('paper.pdf', new TextEncoder().encode('%PDF-1.7'))], 'file-format', /paper\.pdf: this is a PDF document/],
    ['two zips', [file('a.zip', Uint8Array.of(0x50, 0x4b)), file('b.zip', Uint8Array.of(0x50, 0x4b))], 'file-format', /2 zip archives at once: a\.zip, b\.zip/],
  ])('says what is wrong with %s', async (_, files, code, message) => {
    await expect(importFiles(files, memoryStore().store)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

describe('MNIST', () => {
  const NAMES = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
  const mnist = (...names: string[]) => names.map((name) => file(name, readShared(`data/mnist-mini/${name}`)));
  const COUNTS = { train: [592, 671, 581, 608, 623, 514, 608, 651, 551, 601], test: [85, 126, 116, 107, 110, 87, 87, 99, 89, 94] };

  it('comes in with four files at once', async () => {
    const { store } = memoryStore();
    const { dataset } = await importFiles(mnist(...NAMES), store);
    expect(dataset).toMatchObject({ id: 'mnist', name: 'MNIST (7000 images)', kind: 'mnist', imageSize: 28, uniform: true, channels: 1 });
    expect(dataset!.classes.map((c) => c.id)).toEqual([...'0123456789']);
    expect(dataset!.classes.map((c) => c.trainCount)).toEqual(COUNTS.train);
    expect(dataset!.classes.map((c) => c.testCount)).toEqual(COUNTS.test);
    const images = await (await store.reader('mnist')).readClass('5', 'train');
    expect(images).toMatchObject({ encoding: 'raw-u8', rawShape: [28, 28, 1] });
    // The first training image of MNIST is a five; its ink adds up to 27,525.
    expect(images.bytes.subarray(0, 784).reduce((a, b) => a + b, 0)).toBe(27525);
  });

  it('comes in one file after another, and says what is missing', async () => {
    const { store, blobs } = memoryStore();
    const notes: (string | null)[] = [];
    for (const name of [NAMES[3]!, NAMES[0]!, NAMES[2]!]) notes.push((await importFiles(mnist(name), store)).note);
    expect(notes).toEqual([
      't10k-labels-idx1-ubyte.gz: kept. Still needed for MNIST: train-images, train-labels, t10k-images.',
      'train-images-idx3-ubyte.gz: kept. Still needed for MNIST: train-labels, t10k-images.',
      't10k-images-idx3-ubyte.gz: kept. Still needed for MNIST: train-labels.',
    ]);
    expect(await store.list()).toEqual([]);
    const { dataset, note } = await importFiles(mnist(NAMES[1]!), store);
    expect(note).toBeNull();
    expect(dataset!.classes.map((c) => c.trainCount)).toEqual(COUNTS.train);
    expect([...blobs.map.keys()].filter((key) => key.startsWith('pending/'))).toEqual([]);
  });

  it('keeps nothing of a file that is wrong beside what it waits for', async () => {
    const { store, blobs } = memoryStore();
    await importFiles(mnist(NAMES[0]!), store);
    const before = [...blobs.map.keys()];
    await expect(importFiles([file('train-labels-idx1-ubyte', readShared('data/corrupt/mismatch-labels-idx1-ubyte.gz'))], store)).rejects.toMatchObject({
      code: 'data-mismatch',
      message: expect.stringContaining('6000 images but 47 labels') as string,
    });
    expect([...blobs.map.keys()]).toEqual(before);
  });
});

describe('inspectImage', () => {
  it.each(PICTURES)('finds $what whole, and cut at any byte not', async ({ make }) => {
    const bytes = new Uint8Array(await make());
    const facts = inspectImage(bytes);
    expect(facts).toMatchObject({ width: expect.any(Number) as number, height: expect.any(Number) as number });
    // A GIF's first frame is all that is wanted: what may follow it may be missing.
    const needed = bytes[0] === 0x47 ? 0.3 : 1;
    for (let length = 0; length < bytes.length * needed - 1; length++) expect(typeof inspectImage(bytes.subarray(0, length)), `${length} of ${bytes.length}`).toBe('string');
  });

  it('reads sizes', async () => {
    expect(inspectImage(new Uint8Array(await CMYK_PICTURE()))).toEqual({ format: 'jpeg', width: 8, height: 8 });
    expect(inspectImage(readShared('reference/small/images/n01443537_0.JPEG'))).toEqual({ format: 'jpeg', width: 64, height: 64 });
  });

  it('refuses giants before anything decodes them', async () => {
    const giant = (await png()).slice();
    new DataView(giant.buffer).setUint32(16, 20_000);
    new DataView(giant.buffer).setUint32(20, 20_000);
    expect(inspectImage(giant)).toBe('20000 × 20000 pixels are more than the limit of 100 million');
    new DataView(giant.buffer).setUint32(16, 0);
    expect(inspectImage(giant)).toBe('the header says 0 × 20000 pixels');
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', /this is an SVG drawing/],
    ['BM......', /this is a BMP image/],
    ['II*\0', /this is a TIFF image/],
    ['\0\0\0\x20ftypavif', /this is an AVIF image/],
    ['\x01\x02\x03', /this is no format the lab knows/],
  ])('says what else %j is', (start, message) => {
    expect(inspectImage(Uint8Array.from(start, (c) => c.charCodeAt(0)))).toMatch(message);
  });
});
