import sharp from 'sharp';
import { LabError } from '../../core/errors.ts';
import type { fitPixels } from '../../data/fit.ts';
import type { ImageDecoder, Pixels } from '../../data/types.ts';

const MAX_PIXELS = 100_000_000;

/**
 * Decodes as the page does: first frame, EXIF rotation applied, transparency on black, colour profiles not applied; truncated files are
 * refused. Pixels of JPEGs are Pillow's bit for bit.
 *
 * @param fit brings an image of another size to the one asked for
 */
export function sharpDecoder(fit: typeof fitPixels): ImageDecoder {
  return {
    async decode(bytes, size): Promise<Pixels> {
      const { data, width, height } = await decodeNative(bytes);
      if (width === size && height === size) return { width, height, rgb: data };
      const rgb = new Uint8Array(size * size * 3);
      fit(data, width, height, 3, size, rgb, 0, 3);
      return { width: size, height: size, rgb };
    },
  };
}

interface Native {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

async function decodeNative(bytes: Uint8Array): Promise<Native> {
  try {
    const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS, pages: 1, ignoreIcc: true }).autoOrient();
    const { space } = await image.metadata();
    // Left to itself sharp takes inks through a press profile; browsers and Pillow multiply.
    if (space === 'cmyk') {
      const { data, info } = await image.pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer({ resolveWithObject: true });
      return { data: fromInks(data, info.channels), width: info.width, height: info.height };
    }
    const { data, info } = await image.flatten({ background: '#000' }).toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width: info.width, height: info.height };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError('image-invalid', `it cannot be decoded: ${reason} (${bytes.length} bytes)`, 'It is left out. Replace the file and import again to have it.', error);
  }
}

/** Cyan, magenta, yellow and black (255 = full ink) to RGB: each colour times what black lets through. */
function fromInks(inks: Uint8Array, channels: number): Uint8Array {
  const pixels = inks.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - inks[i * channels + 3]!;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = Math.round(((255 - inks[i * channels + c]!) * light) / 255);
  }
  return rgb;
}
