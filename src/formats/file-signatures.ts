/** What a file is instead, when it is no file of weights: so that a message can say more than "wrong". */

const SIGNATURES: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ['a JPEG picture', [0xff, 0xd8, 0xff]],
  ['a PNG picture', [0x89, 0x50, 0x4e, 0x47]],
  ['a GIF picture', [0x47, 0x49, 0x46, 0x38]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf]],
  ['an HDF5 file (Keras)', [0x89, 0x48, 0x44, 0x46]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ['a Parquet file', [0x50, 0x41, 0x52, 0x31]],
  ['an IDX file', [0x00, 0x00, 0x08]],
  ['an empty zip archive', [0x50, 0x4b, 0x05, 0x06]],
];

const TEXTS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a web page', /^\s*<(!doctype|html|\?xml)/i],
  ['a Git LFS pointer, not the file it points to', /^version https:\/\/git-lfs/],
  ['JSON text', /^\s*\{\s*"/],
  ['Python source', /^\s*(import|from) \w/],
];

/** "a JPEG picture", "a web page" …; null where nothing is recognised. */
export function whatItIs(bytes: Uint8Array): string | null {
  const signature = SIGNATURES.find(([, start]) => start.every((byte, i) => bytes[i] === byte));
  if (signature !== undefined) return signature[0];
  const text = new TextDecoder().decode(bytes.subarray(0, 256));
  return TEXTS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
