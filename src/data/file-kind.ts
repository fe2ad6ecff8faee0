/** Telling files by their first bytes, so that an error can say what a file is instead of what it should be. */

const SIGNATURES: readonly (readonly [signature: string, offset: number, description: string])[] = [
  ['\x89PNG', 0, 'a PNG image'],
  ['\xff\xd8\xff', 0, 'a JPEG image'],
  ['GIF8', 0, 'a GIF image'],
  ['WEBP', 8, 'a WebP image'],
  ['BM', 0, 'a BMP image'],
  ['II*\0', 0, 'a TIFF image'],
  ['MM\0*', 0, 'a TIFF image'],
  ['ftypavif', 4, 'an AVIF image'],
  ['ftyphei', 4, 'a HEIC image'],
  ['ftyp', 4, 'a video'],
  ['PK\x03\x04', 0, 'a zip archive'],
  ['PK\x05\x06', 0, 'an empty zip archive'],
  ['PK\x07\x08', 0, 'a split zip archive'],
  ['PAR1', 0, 'a Parquet file'],
  ['\x1f\x8b', 0, 'a gzip file'],
  ['7z\xbc\xaf', 0, 'a 7-Zip archive'],
  ['Rar!', 0, 'a RAR archive'],
  ['\xfd7zXZ', 0, 'an xz file'],
  ['BZh', 0, 'a bzip2 file'],
  ['\x28\xb5\x2f\xfd', 0, 'a Zstandard file'],
  ['ustar', 257, 'a tar archive'],
  ['%PDF', 0, 'a PDF document'],
  ['\x89HDF', 0, 'an HDF5 file'],
  ['\x93NUMPY', 0, 'a NumPy array'],
  ['version https://git-lfs', 0, 'a Git LFS pointer, not the file it stands for'],
];

/** What the bytes at the beginning of a file say it is, as words that fit after “this is”. */
export function describeContent(head: Uint8Array): string {
  if (head.length === 0) return 'an empty file';
  const found = SIGNATURES.find(([signature, offset]) => matches(head, signature, offset));
  if (found) return found[2];
  if (head[0] === 0 && head[1] === 0 && head[2] === 8 && (head[3] === 1 || head[3] === 3)) return 'an MNIST (IDX) file';
  const text = textOf(head);
  if (text === null) return 'no format the lab knows';
  if (/^\s*(<!doctype html|<html|<head|<body)/i.test(text)) return 'a web page (perhaps an error page saved in place of the download)';
  if (/^\s*<\?xml|^\s*<svg/i.test(text)) return /<svg/i.test(text) ? 'an SVG drawing' : 'an XML document';
  if (/^\s*[{[]/.test(text)) return 'JSON text';
  return 'text';
}

export function matches(bytes: Uint8Array, signature: string, offset = 0): boolean {
  if (bytes.length < offset + signature.length) return false;
  for (let i = 0; i < signature.length; i++) if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  return true;
}

/** The beginning as text, or null where it is not text: control characters, or not UTF-8. */
function textOf(head: Uint8Array): string | null {
  // The cut may go through a character, which streaming leaves out.
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, 512), { stream: true });
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
