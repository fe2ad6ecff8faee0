/** CRC-32 as zip and gzip use it (polynomial 0xEDB88320, reflected), sixteen bytes at a time. */

/**
 * TABLES[k · 256 + b]: the remainder of byte b followed by k zero bytes, so that sixteen look-ups advance sixteen bytes
 * (Kounavis & Berry 2005, "slicing"). Measured by `bench/pth-parse.ts`.
 */
const TABLES = buildTables();
const NO_WORDS = new Int32Array(0);

function buildTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256]!;
    tables[i] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
}

/**
 * @param previous the CRC of the bytes before, to go on from; 0 at the beginning
 * @returns an unsigned 32-bit integer
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let at = 0;
  const end = bytes.length;
  const aligned = Math.min(end, -bytes.byteOffset & 3);
  while (at < aligned) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at++]!) & 0xff]!;
  const blocks = (end - at) >>> 4;
  // Short bytes may end before the first aligned position, where no view of words may begin.
  const words = blocks === 0 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + at, blocks * 4);
  for (let w = 0; w < words.length; w += 4) {
    const a = words[w]! ^ crc;
    const b = words[w + 1]!;
    const c = words[w + 2]!;
    const d = words[w + 3]!;
    crc =
      TABLES[0xf00 + (a & 0xff)]! ^
      TABLES[0xe00 + ((a >>> 8) & 0xff)]! ^
      TABLES[0xd00 + ((a >>> 16) & 0xff)]! ^
      TABLES[0xc00 + (a >>> 24)]! ^
      TABLES[0xb00 + (b & 0xff)]! ^
      TABLES[0xa00 + ((b >>> 8) & 0xff)]! ^
      TABLES[0x900 + ((b >>> 16) & 0xff)]! ^
      TABLES[0x800 + (b >>> 24)]! ^
      TABLES[0x700 + (c & 0xff)]! ^
      TABLES[0x600 + ((c >>> 8) & 0xff)]! ^
      TABLES[0x500 + ((c >>> 16) & 0xff)]! ^
      TABLES[0x400 + (c >>> 24)]! ^
      TABLES[0x300 + (d & 0xff)]! ^
      TABLES[0x200 + ((d >>> 8) & 0xff)]! ^
      TABLES[0x100 + ((d >>> 16) & 0xff)]! ^
      TABLES[d >>> 24]!;
  }
  at += blocks * 16;
  while (at < end) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at++]!) & 0xff]!;
  return ~crc >>> 0;
}
