/** Small pictures of every kind that people have, made on the spot, with the pixels that any decoder must give at 4 × 4. */
import sharp, { type Sharp } from 'sharp';

export interface Picture {
  readonly what: string;
  make(): Promise<Uint8Array>;
  /** 4 × 4 RGB. */
  readonly expected: readonly number[];
  /** Per byte; lossy formats have some. */
  readonly tolerance: number;
}

type Colour = readonly [number, number, number];
const RED: Colour = [200, 30, 60];
const BLUE: Colour = [20, 80, 220];

const flat = (colour: readonly number[], pixels = 16): number[] => Array.from({ length: pixels }, () => colour).flat();
const topBottom = [...flat(RED, 8), ...flat(BLUE, 8)];

const mix = (a: Colour, b: Colour, share: number): number[] => a.map((value, c) => value * share + b[c]! * (1 - share));

function raw(width: number, height: number, colourAt: (x: number, y: number) => readonly number[]): Sharp {
  const data = Uint8Array.from(Array.from({ length: width * height }, (_, i) => colourAt(i % width, Math.floor(i / width))).flat());
  return sharp(data, { raw: { width, height, channels: (data.length / (width * height)) as 1 | 3 | 4 } });
}

/** Every pixel another colour, so that a mixed-up row or channel shows. */
const gradient = (x: number, y: number): Colour => [x * 60 + 10, y * 50 + 20, x * 20 + y * 30];

export const PICTURES: readonly Picture[] = [
  { what: 'a PNG', make: () => raw(4, 4, gradient).png().toBuffer(), expected: Array.from({ length: 16 }, (_, i) => gradient(i % 4, i >> 2)).flat(), tolerance: 0 },
  { what: 'a grey PNG', make: () => raw(4, 4, () => [120]).toColourspace('b-w').png().toBuffer(), expected: flat([120, 120, 120]), tolerance: 0 },
  { what: 'a PNG with a palette', make: () => raw(4, 4, (_, y) => (y < 2 ? RED : BLUE)).png({ palette: true }).toBuffer(), expected: topBottom, tolerance: 2 },
  {
    what: 'a 16-bit PNG',
    make: () =>
      sharp(Uint16Array.from(flat([0xc8c8, 0x1e1e, 0x3c3c])), { raw: { width: 4, height: 4, channels: 3 } }).toColourspace('rgb16').png().toBuffer(),
    expected: flat(RED),
    tolerance: 1,
  },
  { what: 'transparency, on black', make: () => raw(4, 4, () => [200, 100, 50, 128]).png().toBuffer(), expected: flat([100, 50, 25]), tolerance: 1 },
  { what: 'a lossless WebP', make: () => raw(4, 4, gradient).webp({ lossless: true }).toBuffer(), expected: Array.from({ length: 16 }, (_, i) => gradient(i % 4, i >> 2)).flat(), tolerance: 0 },
  { what: 'a GIF', make: () => raw(4, 4, (_, y) => (y < 2 ? RED : BLUE)).gif({ dither: 0 }).toBuffer(), expected: topBottom, tolerance: 4 },
  {
    what: 'the first frame of an animated GIF',
    make: async () => {
      const frames = await Promise.all([RED, BLUE].map((colour) => raw(4, 4, () => colour).png().toBuffer()));
      return sharp(frames, { join: { animated: true } }).gif({ dither: 0 }).toBuffer();
    },
    expected: flat(RED),
    tolerance: 4,
  },
  { what: 'a grey JPEG', make: () => raw(8, 8, () => [120]).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer(), expected: flat([120, 120, 120]), tolerance: 1 },
  {
    what: 'a JPEG turned by its EXIF orientation',
    // 6: what is stored on the left is shown on top.
    make: () => raw(32, 32, (x) => (x < 16 ? RED : BLUE)).withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
    // The triangle filter reaches into the other half by an eighth.
    expected: [RED, mix(RED, BLUE, 7 / 8), mix(RED, BLUE, 1 / 8), BLUE].flatMap((colour) => flat(colour, 4)),
    tolerance: 4,
  },
  { what: 'the middle of a wide picture', make: () => raw(12, 4, (x, y) => (x < 4 || x >= 8 ? [255, 255, 255] : gradient(x - 4, y))).png().toBuffer(), expected: Array.from({ length: 16 }, (_, i) => gradient(i % 4, i >> 2)).flat(), tolerance: 0 },
  { what: 'one pixel, enlarged', make: () => raw(1, 1, () => RED).png().toBuffer(), expected: flat(RED), tolerance: 0 },
];

/** Inks instead of light, as print shops save them, without a colour profile. */
export const CMYK_PICTURE = (): Promise<Uint8Array> =>
  raw(8, 8, () => RED).toColourspace('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();

/** JPEGs of awkward sizes and all chroma layouts, with enough going on in them to tell decoders apart. */
export const JPEGS = [[1, 1], [2, 3], [3, 2], [7, 5], [16, 16], [17, 33], [64, 64], [65, 63]].flatMap(([width, height]) =>
  (['4:2:0', '4:4:4'] as const).flatMap((subsampling) =>
    [60, 95].map((quality) => ({
      width: width!,
      height: height!,
      subsampling,
      quality,
      make: (): Promise<Uint8Array> =>
        raw(width!, height!, (x, y) => [(x * 37) & 255, (y * 53 + x * 11) & 255, (x * y * 7) & 255]).jpeg({ quality, chromaSubsampling: subsampling }).toBuffer(),
    })),
  ),
);
