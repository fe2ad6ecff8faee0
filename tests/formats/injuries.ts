/** Small injuries to files, made in place: a million of them must cost less than reading what they leave. */
import type { Random } from '../../src/core/random.ts';
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { isZip, readStoredZip } from '../../src/formats/zip-read.ts';
import { zipSource } from '../../src/formats/zip-write.ts';

const MOST_INJURIES = 4;
const LONGEST = 8;
/** By how much a file may grow. */
const GROWTH = MOST_INJURIES * LONGEST;

/** One to four injuries: a bit flipped, a byte replaced, bytes removed, doubled, or copied from elsewhere in the file. */
function injure(buffer: Uint8Array<ArrayBuffer>, length: number, random: Random): number {
  for (let count = 1 + random.below(MOST_INJURIES); count > 0; count--) {
    const at = random.below(length || 1);
    const run = Math.min(1 + random.below(LONGEST), length - at);
    const from = random.below(length - run || 1);
    switch (random.below(5)) {
      case 0:
        buffer[at]! ^= 1 << random.below(8);
        break;
      case 1:
        // Values at the edges of their types reach further than random ones.
        buffer[at] = [0, 1, 0x7f, 0x80, 0xff, random.below(256)][random.below(6)]!;
        break;
      case 2:
        buffer.copyWithin(at, at + run, length);
        length -= run;
        break;
      case 3:
        buffer.copyWithin(at + run, at, length);
        length += run;
        break;
      default:
        buffer.copyWithin(at, from, from + run);
    }
  }
  return length;
}

/** Gives the file with fresh injuries at every call; the bytes are the last call's no more. */
export type Injurer = (random: Random) => Uint8Array<ArrayBuffer>;

/** Injures a file anywhere. */
export function anywhereIn(whole: Uint8Array): Injurer {
  const buffer = new Uint8Array(whole.length + GROWTH);
  return (random) => {
    buffer.set(whole);
    return buffer.subarray(0, injure(buffer, whole.length, random));
  };
}

/**
 * Injures the pickle of a torch file alone and gives the archive its new checksum: else that would catch every injury
 * before the interpreter saw it. The pickle comes last, so that only what follows it is written anew.
 */
export async function inPickleOf(whole: Uint8Array): Promise<Injurer> {
  const records = [...readStoredZip(whole, 'whole')].sort(([a], [b]) => Number(isPickle(a)) - Number(isPickle(b)));
  const [path, pickle] = records.at(-1)!;
  const archive = await joinBytes(zipSource(records.map(([name, record]) => ({ path: name, content: sourceOf(record.slice()) }))));
  const directory = new DataView(archive.buffer).getUint32(archive.length - 22 + 16, true);
  const start = directory - pickle.length;
  const tail = archive.slice(directory);
  const buffer = new Uint8Array(archive.length + GROWTH);
  buffer.set(archive.subarray(0, start));
  const view = new DataView(buffer.buffer);
  const local = start - path.length - 30;
  const central = tail.length - 22 - path.length - 46;
  return (random) => {
    const content = buffer.subarray(start);
    content.set(pickle);
    const length = injure(content, pickle.length, random);
    const end = start + length;
    buffer.set(tail, end);
    for (const sizes of [local + 18, end + central + 20]) {
      view.setUint32(sizes - 4, crc32(content.subarray(0, length)), true);
      view.setUint32(sizes, length, true);
      view.setUint32(sizes + 4, length, true);
    }
    view.setUint32(end + tail.length - 22 + 16, end, true);
    return buffer.subarray(0, end + tail.length);
  };
}

/** Three of four injuries to a torch file are to its pickle. */
export async function injurerOf(whole: Uint8Array): Promise<Injurer> {
  const anywhere = anywhereIn(whole);
  if (!isZip(whole)) return anywhere;
  const inPickle = await inPickleOf(whole);
  return (random) => (random.below(4) === 0 ? anywhere : inPickle)(random);
}

function isPickle(path: string): boolean {
  return path.endsWith('/data.pkl');
}
