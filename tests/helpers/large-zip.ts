import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { readZipDirectory } from '../../src/data/zip/directory.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { sharedPath } from './shared.ts';

const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;

/**
 * Writes a Tiny-ImageNet archive of any size: the images of tiny-imagenet-mini.zip, packed as they are there, `copies` times over under new
 * names, with zip64 records as the original's number of entries needs them.
 * @returns how many labelled images it has
 */
export async function writeLargeZip(path: string, copies: number): Promise<number> {
  const original = readFileSync(sharedPath('data/tiny-imagenet-mini.zip'));
  const list = (await readZipDirectory({ name: 'mini', size: original.length, slice: async (start, end) => original.subarray(start, end) })).entries;
  const entries = Array.from({ length: list.length }, (_, i) => list.at(i));
  const file = openSync(path, 'w');
  const directory: Buffer[] = [];
  let at = 0;
  const add = (name: string, method: number, crc: number, sizeBytes: number, packed: Uint8Array): void => {
    const nameBytes = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(crc, 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(sizeBytes, 18);
    facts.writeUInt16LE(nameBytes.length, 22);
    writeSync(file, Buffer.concat([Buffer.from('PK\x03\x04'), facts, nameBytes, packed]));
    const central = Buffer.alloc(CENTRAL_BYTES);
    central.write('PK\x01\x02');
    central.writeUInt16LE(20, 4);
    facts.copy(central, 6);
    central.writeUInt32LE(at, 42);
    directory.push(central, nameBytes);
    at += LOCAL_BYTES + nameBytes.length + packed.length;
  };
  const packedOf = (offset: number, packedBytes: number): Uint8Array => {
    const start = offset + LOCAL_BYTES + original.readUInt16LE(offset + 26) + original.readUInt16LE(offset + 28);
    return original.subarray(start, start + packedBytes);
  };
  const annotations: string[] = [];
  let images = 0;
  // Copy by copy inside a class, as one long class lies in the original.
  const folders = new Map<string, (typeof entries)[number][]>();
  for (const entry of entries) {
    const name = entry.path.slice(0, entry.path.lastIndexOf('/') + 1);
    folders.set(name, [...(folders.get(name) ?? []), entry]);
  }
  for (const folder of folders.values()) {
    for (let copy = 0; copy < copies; copy++) {
      for (const { path: own, method, crc, sizeBytes, packedBytes, offset } of folder) {
        if (own.endsWith('val_annotations.txt')) continue;
        const isImage = own.endsWith('.JPEG');
        if (!isImage && copy > 0) continue;
        add(isImage ? own.replace('.JPEG', `_c${copy}.JPEG`) : own, method, crc, sizeBytes, packedOf(offset, packedBytes));
        if (isImage && !own.includes('/test/')) images++;
      }
    }
  }
  const listed = labelsOf(entries.find(({ path: own }) => own.endsWith('val_annotations.txt'))!, packedOf);
  for (let copy = 0; copy < copies; copy++) annotations.push(listed.replaceAll('.JPEG', `_c${copy}.JPEG`));
  const text = Buffer.from(annotations.join('\n'));
  add('tiny-imagenet-200/val/val_annotations.txt', 0, crc32(text), text.length, text);
  writeSync(file, Buffer.concat([...directory, endRecords(directory.length / 2, directory.reduce((sum, part) => sum + part.length, 0), at)]));
  closeSync(file);
  return images;
}

function labelsOf(entry: { method: number; offset: number; packedBytes: number }, packedOf: (offset: number, packedBytes: number) => Uint8Array): string {
  const packed = packedOf(entry.offset, entry.packedBytes);
  return Buffer.from(entry.method === 0 ? packed : inflateRawSync(packed)).toString('utf8').trim();
}

/** Zip64 end record, its locator, and the plain end record that points to them. */
function endRecords(count: number, size: number, offset: number): Buffer {
  const records = Buffer.alloc(56 + 20 + 22);
  records.write('PK\x06\x06');
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(45, 12);
  records.writeUInt16LE(45, 14);
  records.writeBigUInt64LE(BigInt(count), 24);
  records.writeBigUInt64LE(BigInt(count), 32);
  records.writeBigUInt64LE(BigInt(size), 40);
  records.writeBigUInt64LE(BigInt(offset), 48);
  records.write('PK\x06\x07', 56);
  records.writeBigUInt64LE(BigInt(offset + size), 64);
  records.writeUInt32LE(1, 72);
  records.write('PK\x05\x06', 76);
  records.writeUInt16LE(0xffff, 84);
  records.writeUInt16LE(0xffff, 86);
  records.writeUInt32LE(0xffffffff, 88);
  records.writeUInt32LE(0xffffffff, 92);
  return records;
}
