/** Pixels as an image file of the simplest kind (BMP), which needs no encoder. */

const HEADER_BYTES = 54;

/**
 * @param rgba rows from the top, 4 bytes a pixel; alpha is left out
 * @returns an image that an `<img>` can show
 */
export function bitmapOf({ rgba, width, height }: { readonly rgba: Uint8ClampedArray; readonly width: number; readonly height: number }): Blob {
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
  return new Blob([bytes], { type: 'image/bmp' });
}
