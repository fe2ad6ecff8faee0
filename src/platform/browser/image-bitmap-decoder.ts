import { LabError } from '../../core/errors.ts';
import type { fitPixels } from '../../data/fit.ts';
import type { ImageDecoder, Pixels } from '../../data/types.ts';
import { decodeJpeg, type NativePixels } from './jpeg-decoder.ts';

/** Small images are drawn side by side and read back at once: one read-back costs more than decoding one of them. */
const ATLAS_COLUMNS = 16;
const ATLAS_ROWS = 8;
/** Up to here an image goes to the atlas; larger ones are read one at a time, so that the atlas stays small. */
const ATLAS_MAX_SIZE = 128;

/**
 * The browser's own decoder. Colour profiles are not applied, as PyTorch's loaders do not, so that pixels are those of Pillow and of the
 * runner; EXIF rotation is, and transparency is laid on black.
 *
 * @param fit brings an image of another size to the one asked for
 */
export function imageBitmapDecoder(fit: typeof fitPixels): ImageDecoder {
  const atlas = new Canvas();
  const single = new Canvas();

  const fitted = (rgb: Uint8Array, width: number, height: number, size: number, out: Uint8Array, offset: number): void => {
    if (width === size && height === size) out.set(rgb, offset);
    else fit(rgb, width, height, 3, size, out, offset, 3);
  };

  const fitBitmap = (bitmap: ImageBitmap, size: number, out: Uint8Array, offset: number): void => {
    const { width, height } = bitmap;
    const rgb = new Uint8Array(width * height * 3);
    const context = single.ofSize(width, height);
    context.drawImage(bitmap, 0, 0);
    toRgb(context.getImageData(0, 0, width, height).data, width, 0, 0, width, height, rgb, 0);
    fitted(rgb, width, height, size, out, offset);
    // A large picture's canvas is not kept.
    if (width * height > 1e6) single.ofSize(1, 1);
  };

  /** Bitmaps of exactly `size`, a canvas full at a time. */
  const readAtlas = (bitmaps: readonly { readonly bitmap: ImageBitmap; readonly index: number }[], size: number, out: Uint8Array): void => {
    const perCanvas = ATLAS_COLUMNS * ATLAS_ROWS;
    for (let start = 0; start < bitmaps.length; start += perCanvas) {
      const part = bitmaps.slice(start, start + perCanvas);
      const width = ATLAS_COLUMNS * size;
      const height = Math.ceil(part.length / ATLAS_COLUMNS) * size;
      const context = atlas.ofSize(width, ATLAS_ROWS * size);
      context.fillRect(0, 0, width, height);
      part.forEach(({ bitmap }, k) => context.drawImage(bitmap, (k % ATLAS_COLUMNS) * size, Math.floor(k / ATLAS_COLUMNS) * size));
      const { data } = context.getImageData(0, 0, width, height);
      part.forEach(({ index }, k) => {
        toRgb(data, width, (k % ATLAS_COLUMNS) * size, Math.floor(k / ATLAS_COLUMNS) * size, size, size, out, index * size * size * 3);
      });
    }
  };

  const decodeMany = async (images: readonly Uint8Array[], size: number, out: Uint8Array): Promise<readonly (LabError | null)[]> => {
    const outcomes = await Promise.all(images.map(decodeNative));
    const exact: { bitmap: ImageBitmap; index: number }[] = [];
    outcomes.forEach((outcome, index) => {
      if (outcome instanceof LabError) return;
      const offset = index * size * size * 3;
      if (!(outcome instanceof ImageBitmap)) fitted(outcome.rgb, outcome.width, outcome.height, size, out, offset);
      else if (outcome.width === size && outcome.height === size && size <= ATLAS_MAX_SIZE) exact.push({ bitmap: outcome, index });
      else fitBitmap(outcome, size, out, offset);
    });
    readAtlas(exact, size, out);
    return outcomes.map((outcome) => {
      if (outcome instanceof LabError) return outcome;
      if (outcome instanceof ImageBitmap) outcome.close();
      return null;
    });
  };

  return {
    decodeMany,
    async decode(bytes, size): Promise<Pixels> {
      const rgb = new Uint8Array(size * size * 3);
      const [failure] = await decodeMany([bytes], size, rgb);
      if (failure) throw failure;
      return { width: size, height: size, rgb };
    },
  };
}

async function decodeNative(bytes: Uint8Array): Promise<NativePixels | ImageBitmap | LabError> {
  return (await decodeJpeg(bytes)) ?? toBitmap(bytes);
}

async function toBitmap(bytes: Uint8Array): Promise<ImageBitmap | LabError> {
  try {
    return await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), { colorSpaceConversion: 'none', imageOrientation: 'from-image' });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return new LabError('image-invalid', `the browser cannot decode it (${bytes.length} bytes)`, 'It is left out. Replace the file and import again to have it.', error);
  }
}

/** A canvas without transparency, so that what is drawn lies on black; kept and only made anew for another size. */
class Canvas {
  #context: OffscreenCanvasRenderingContext2D | null = null;

  ofSize(width: number, height: number): OffscreenCanvasRenderingContext2D {
    if (this.#context?.canvas.width === width && this.#context.canvas.height === height) return this.#context;
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new LabError('image-invalid', `the browser gives no canvas of ${width} × ${height} pixels`, 'Use smaller images.');
    this.#context = context;
    return context;
  }
}

/** RGB of a rectangle of RGBA data. */
function toRgb(
  rgba: Uint8ClampedArray,
  stride: number,
  left: number,
  top: number,
  width: number,
  height: number,
  out: Uint8Array,
  offset: number,
): void {
  let to = offset;
  for (let y = 0; y < height; y++) {
    let from = ((top + y) * stride + left) * 4;
    for (let x = 0; x < width; x++) {
      out[to] = rgba[from]!;
      out[to + 1] = rgba[from + 1]!;
      out[to + 2] = rgba[from + 2]!;
      to += 3;
      from += 4;
    }
  }
}
