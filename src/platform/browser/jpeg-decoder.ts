import { rgbFromPlanes420 } from './jpeg-planes.ts';

export interface NativePixels {
  readonly width: number;
  readonly height: number;
  /** RGB, HWC. */
  readonly rgb: Uint8Array;
}

/**
 * Decodes a JPEG by the WebCodecs image decoder, which takes bytes without the way through a Blob: an eighth of the processor time of
 * createImageBitmap, which spends it on passing two kilobytes between processes. The pixels are the same.
 *
 * @returns null for what is left to createImageBitmap: browsers without it, files with EXIF (they may be turned), other chroma layouts,
 *   and whatever does not decode, so that there is one place that says why
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<NativePixels | null> {
  if (typeof ImageDecoder === 'undefined' || !isPlainJpeg(bytes)) return null;
  const decoder = new ImageDecoder({ data: bytes as Uint8Array<ArrayBuffer>, type: 'image/jpeg', colorSpaceConversion: 'none' });
  try {
    const { image } = await decoder.decode();
    try {
      return await pixelsOf(image);
    } finally {
      image.close();
    }
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return null;
    throw error;
  } finally {
    decoder.close();
  }
}

async function pixelsOf(frame: VideoFrame): Promise<NativePixels | null> {
  const { format, codedWidth: width, codedHeight: height, visibleRect } = frame;
  if (visibleRect && (visibleRect.width !== width || visibleRect.height !== height)) return null;
  if (format !== 'I420' && format !== 'BGRX' && format !== 'RGBX') return null;
  const bytes = new Uint8Array(frame.allocationSize());
  const planes = await frame.copyTo(bytes);
  const rgb = new Uint8Array(width * height * 3);
  if (format === 'I420') {
    const [luma, blue, red] = planes;
    if (!luma || !blue || !red) return null;
    rgbFromPlanes420({ width, height, bytes, luma, blue, red }, rgb, 0);
  } else {
    const { offset, stride } = planes[0]!;
    const first = format === 'RGBX' ? 0 : 2;
    let to = 0;
    for (let y = 0; y < height; y++) {
      for (let from = offset + y * stride, end = from + width * 4; from < end; from += 4) {
        rgb[to] = bytes[from + first]!;
        rgb[to + 1] = bytes[from + 1]!;
        rgb[to + 2] = bytes[from + 2 - first]!;
        to += 3;
      }
    }
  }
  return { width, height, rgb };
}

/** A JPEG in whose header nothing asks for more than decoding: no EXIF (orientation), no Adobe marker (inks, other colour transforms). */
function isPlainJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0xe1 || marker === 0xee) return false;
    // Start of scan: the header is over.
    if (marker === 0xda) return true;
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return false;
}
