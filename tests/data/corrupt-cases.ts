/** The rows of ../shared/data/corrupt/expect.json as cases, for Node and for the browser alike. */

export interface CorruptCase {
  /** Files given together; the first is the one the row is about. */
  readonly files: readonly string[];
  readonly outcome: 'stored' | 'refused' | 'waiting';
  /** What is stored of it, where anything is. */
  readonly train: number;
  readonly test: number;
  readonly classes: number;
  readonly skipped: readonly (string | RegExp)[];
  readonly ignored: number;
  /** Of the refusal, or of the first skipped entry's reason. */
  readonly says: RegExp;
}

const stored = (file: string, change: Partial<CorruptCase> = {}): CorruptCase => ({
  files: [file], outcome: 'stored', train: 12, test: 6, classes: 3, skipped: [], ignored: 0, says: /^/, ...change,
});
const refused = (file: string, says: RegExp, ...more: string[]): CorruptCase => ({
  files: [file, ...more], outcome: 'refused', train: 0, test: 0, classes: 0, skipped: [], ignored: 0, says,
});
const TRAIN = 'tiny-imagenet-200/train';

export const CORRUPT_CASES: readonly CorruptCase[] = [
  stored('good.zip'),
  refused('truncated.zip', /truncated\.zip: .*incomplete or damaged \(end of central directory not found\)/),
  stored('path-traversal.zip', {
    skipped: ['../evil.JPEG', `${TRAIN}/n01784675/images/../../../../../evil2.JPEG`, '/tmp/evil3.JPEG', '..\\evil4.JPEG'],
    says: /outside the archive/,
  }),
  stored('garbage-jpeg.zip', { train: 11, skipped: [`${TRAIN}/n01784675/images/n01784675_27.JPEG`], says: /not a JPEG/ }),
  stored('half-jpeg.zip', { train: 11, skipped: [`${TRAIN}/n01882714/images/n01882714_11.JPEG`], says: /cut short/ }),
  stored('zero-byte-image.zip', { train: 11, skipped: [`${TRAIN}/n01784675/images/n01784675_40.JPEG`], says: /empty/ }),
  refused('not-tiny-imagenet.zip', /not-tiny-imagenet\.zip: not a Tiny-ImageNet archive: wnids\.txt and train\/ not found/),
  stored('stored-zip64.zip'),
  stored('macos-resource-forks.zip', { ignored: 21 }),
  stored('no-val-annotations.zip', { test: 0, skipped: new Array<RegExp>(6).fill(/val_\d+\.JPEG$/), says: /no labels: val\/val_annotations\.txt not found/ }),
  stored('no-top-folder.zip'),
  stored('bad-crc.zip', { train: 11, skipped: [`${TRAIN}/n01882714/images/n01882714_1.JPEG`], says: /CRC-32|damaged|compressed data/ }),
  refused('truncated.parquet', /truncated\.parquet: not a complete Parquet file \(footer magic PAR1 not found at the end\)/),
  refused('empty.zip', /empty\.zip: the file is empty/),
  refused('empty.parquet', /empty\.parquet: the file is empty/),
  refused('wrong-magic-images-idx3-ubyte.gz', /wrong-magic-images-idx3-ubyte\.gz: not an IDX image file \(magic number 0x00ff0801, expected 0x00000803\)/),
  refused('short-images-idx3-ubyte.gz', /short-images-idx3-ubyte\.gz: 50 images announced, 42 present/),
  // Fifty images of nine digits; of each, the sixth or the last is held out.
  stored('good-images-idx3-ubyte.gz', { files: ['good-images-idx3-ubyte.gz', 'good-labels-idx1-ubyte.gz'], train: 41, test: 9, classes: 9 }),
  stored('good-labels-idx1-ubyte.gz', { files: ['good-labels-idx1-ubyte.gz', 'good-images-idx3-ubyte.gz'], train: 41, test: 9, classes: 9 }),
  refused('mismatch-labels-idx1-ubyte.gz', /mismatch-labels-idx1-ubyte\.gz: 50 images but 47 labels/, 'good-images-idx3-ubyte.gz'),
  refused('truncated-images-idx3-ubyte.gz', /truncated-images-idx3-ubyte\.gz: the gzip stream ends early/),
];
