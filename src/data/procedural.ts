/**
 * The built-in dataset: eight shapes with five fills, forty classes such as “striped heart”, 64 × 64 RGB, drawn when asked for.
 * Image k of a class and split is a pure function of (seed, class, split, k): the same bytes on every machine.
 */
import { LabError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { ClassInfo, DatasetInfo, DatasetReader, Split, StoredImages } from './types.ts';
import { FILLS, Painter, PICTURE_SIZE } from './procedural/paint.ts';
import { SHAPES } from './procedural/shapes.ts';

export const BUILTIN_ID = 'builtin';
const IMAGE_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3;
/** Classes and splits kept drawn: 48 MB of training images at the default size. */
const KEPT_DRAWINGS = 20;

export interface BuiltinOptions {
  readonly seed?: number;
  /** Images a class. */
  readonly trainCount?: number;
  readonly testCount?: number;
}

/** A reader of the built-in dataset. Classes are drawn on first reading, about 80 ms each, and the last few are kept. */
export function builtinReader(options: BuiltinOptions = {}): DatasetReader {
  const { seed = 0, trainCount = 200, testCount = 40 } = options;
  const kinds = SHAPES.flatMap((shape) =>
    FILLS.map((fill) => ({ id: `${fill.name}-${shape.name}`, name: `${fill.name} ${shape.name}`, shape: shape.distance, fill: fill.mix })),
  );
  const classes: ClassInfo[] = kinds.map(({ id, name }) => ({ id, name, trainCount, testCount }));
  const info: DatasetInfo = {
    id: BUILTIN_ID,
    name: 'Shapes and fills',
    kind: 'builtin',
    source: 'drawn by the lab',
    imageSize: PICTURE_SIZE,
    uniform: true,
    channels: 3,
    classes,
    sizeBytes: 0,
    skipped: { count: 0, ignored: 0, entries: [] },
  };
  const painter = new Painter();
  const drawn = new Map<string, StoredImages>();

  const draw = (classId: string, split: Split, count: number): StoredImages => {
    const c = kinds.findIndex(({ id }) => id === classId);
    const kind = kinds[c];
    if (!kind) {
      throw new LabError('data-missing', `The built-in dataset has no class “${classId}”.`, 'Choose one of its forty classes, such as striped-heart.');
    }
    const bytes = new Uint8Array(count * IMAGE_BYTES);
    for (let k = 0; k < count; k++) {
      painter.paint(kind.shape, kind.fill, createRandom(seed, BUILTIN_ID, c, split, k), bytes, k * IMAGE_BYTES);
    }
    return {
      encoding: 'raw-u8',
      rawShape: [PICTURE_SIZE, PICTURE_SIZE, 3],
      bytes,
      offsets: Uint32Array.from({ length: count + 1 }, (_, k) => k * IMAGE_BYTES),
      names: Array.from({ length: count }, (_, k) => `${classId}_${k}`),
    };
  };

  return {
    info,
    async readClass(classId, split, limit = Infinity) {
      const count = split === 'train' ? trainCount : testCount;
      const key = `${classId}/${split}`;
      const kept = drawn.get(key);
      if (kept) return kept;
      // A glance at a few images is not worth keeping.
      if (limit < count) return draw(classId, split, limit);
      const images = draw(classId, split, count);
      drawn.set(key, images);
      const oldest = drawn.keys().next().value;
      if (drawn.size > KEPT_DRAWINGS && oldest !== undefined) drawn.delete(oldest);
      return images;
    },
  };
}
