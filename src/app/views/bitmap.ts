/** Pixels as an image file of the simplest kind (BMP), which needs no encoder. */

const HEADER_BYTES = 54;
/** As many arguments as every engine takes. */
const CHUNK = 32_768;

/**
 * @param rgba rows from the top, 4 bytes a pixel; alpha is left out
 * @returns address of an image that an `<img>` can show; in itself, because a blob's costs a call to another process for each of dozens
 */
export function bitmapUrl({ rgba, width, height }: { readonly rgba: Uint8ClampedArray; readonly width: number; readonly height: number }): string {
  const bytes = new Uint8Array(HEADER_BYTES + width * height * 4);
  const header = new DataView(bytes.buffer);
  header.setUint16(0, 0x42_4d);
  header.setUint32(2, bytes.length, true);
  header.setUint32(10, HEADER_BYTES, true);
  header.setUint32(14, 40, true);
  header.setInt32(18, width, true);
  // Negative: the first row is the top one.
  header.setInt32(22, -height, true);
  header.setUint16(26, 1, true);
  header.setUint16(28, 32, true);
  for (let from = 0, to = HEADER_BYTES; from < width * height * 4; from += 4, to += 4) {
    bytes[to] = rgba[from + 2]!;
    bytes[to + 1] = rgba[from + 1]!;
    bytes[to + 2] = rgba[from]!;
  }
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return `data:image/bmp;base64,${btoa(binary)}`;
}
