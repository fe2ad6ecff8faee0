/**
 * Reads IDX files as MNIST comes in them: big-endian header (magic, then one 32-bit size per dimension), then bytes;
 * gzipped or not. Files are read as streams and nothing is returned from a file with anything wrong in it.
 */
import { LabError } from '../core/errors.ts';
import { bytesOf } from './named-tensors.ts';

/** Greyscale images, one byte a pixel: `pixels` is [count, height, width]. */
export interface IdxImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

export interface IdxOptions {
  /** Refuse files that would unpack to more than this; 1 GiB by default (MNIST: 47 MB). */
  readonly maxBytes?: number;
}

const IMAGES_MAGIC = 0x0803;
const LABELS_MAGIC = 0x0801;
const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * @param stream  the file's bytes; consumed, and cancelled on errors
 * @param fileName  named in messages
 * @throws LabError 'file-empty', 'file-format' (another magic number, more data than announced), 'file-truncated'
 *   (fewer images than announced, gzip cut short), 'file-damaged' (gzip does not unpack), 'file-limit'
 */
export async function readIdxImages(stream: ReadableStream<Uint8Array>, fileName: string, options: IdxOptions = {}): Promise<IdxImages> {
  const { sizes, data } = await readIdx(stream, fileName, { magic: IMAGES_MAGIC, noun: 'image', dimensions: 3 }, options);
  const [count, height, width] = sizes as [number, number, number];
  return { count, height, width, pixels: data };
}

/** One byte per label. Errors as {@link readIdxImages}. */
export async function readIdxLabels(stream: ReadableStream<Uint8Array>, fileName: string, options: IdxOptions = {}): Promise<Uint8Array> {
  return (await readIdx(stream, fileName, { magic: LABELS_MAGIC, noun: 'label', dimensions: 1 }, options)).data;
}

/** @throws LabError 'data-mismatch' naming the labels' file and both counts, unless there is one label per image. */
export function checkIdxPair(images: IdxImages, labels: Uint8Array, labelsFileName: string): void {
  if (images.count === labels.length) return;
  throw new LabError(
    'data-mismatch',
    `${labelsFileName}: ${images.count} images but ${labels.length} labels.`,
    'Choose the images file and the labels file of the same set (both "train" or both "t10k").',
  );
}

interface Kind {
  readonly magic: number;
  readonly noun: 'image' | 'label';
  readonly dimensions: number;
}

async function readIdx(
  stream: ReadableStream<Uint8Array>,
  fileName: string,
  kind: Kind,
  { maxBytes = DEFAULT_MAX_BYTES }: IdxOptions,
): Promise<{ sizes: readonly number[]; data: Uint8Array }> {
  const headerBytes = 4 + 4 * kind.dimensions;
  const pieces = new PieceList();
  let sizes: readonly number[] | null = null;
  let expected = Infinity;
  for await (const chunk of unpacked(stream, fileName)) {
    pieces.push(chunk);
    if (pieces.length >= 4) checkMagic(pieces, kind, fileName);
    if (sizes === null && pieces.length >= headerBytes) {
      sizes = readSizes(pieces, kind);
      expected = sizes.reduce((product, size) => product * size, 1);
      if (expected > maxBytes) throw tooLarge(fileName, expected, maxBytes);
    }
    // What was announced is within the limit; a stream that goes on beyond it is wrong however it ends.
    if (pieces.length > headerBytes + expected) {
      throw new LabError(
        'file-format',
        `${fileName}: ${sizes?.[0]} ${kind.noun}s announced, more data present.`,
        'The header and the data do not belong together. Download the file again.',
      );
    }
  }
  if (pieces.length === 0) throw new LabError('file-empty', `${fileName}: the file is empty.`, DOWNLOAD_AGAIN);
  if (sizes === null) {
    throw new LabError(
      'file-truncated',
      `${fileName}: the header of an IDX ${kind.noun} file has ${headerBytes} bytes, ${pieces.length} present.`,
      DOWNLOAD_AGAIN,
    );
  }
  const present = pieces.length - headerBytes;
  if (present < expected) {
    const [count, ...item] = sizes;
    const whole = Math.floor(present / item.reduce((product, size) => product * size, 1));
    throw new LabError('file-truncated', `${fileName}: ${count} ${kind.noun}s announced, ${whole} present.`, DOWNLOAD_AGAIN);
  }
  return { sizes, data: pieces.join().subarray(headerBytes) };
}

const DOWNLOAD_AGAIN = 'Download the file again; nothing of it was stored.';

function checkMagic(pieces: PieceList, kind: Kind, fileName: string): void {
  const magic = readUint32(pieces.head, 0);
  if (magic === kind.magic) return;
  const other = magic === IMAGES_MAGIC ? 'This is an image file' : magic === LABELS_MAGIC ? 'This is a label file' : null;
  throw new LabError(
    'file-format',
    `${fileName}: not an IDX ${kind.noun} file (magic number ${hex32(magic)}, expected ${hex32(kind.magic)}).`,
    other === null
      ? 'Choose the four MNIST files as they were downloaded.'
      : `${other}: check that images and labels were not exchanged.`,
  );
}

function readSizes(pieces: PieceList, kind: Kind): number[] {
  return Array.from({ length: kind.dimensions }, (_, axis) => readUint32(pieces.head, 4 + 4 * axis));
}

function tooLarge(fileName: string, bytes: number, maxBytes: number): LabError {
  return new LabError(
    'file-limit',
    `${fileName}: the header announces ${bytes} bytes, the limit is ${maxBytes}.`,
    'Choose a smaller set, or check that this is an IDX file.',
  );
}

/** The stream's content, through gunzip where it begins as gzip does. */
async function* unpacked(stream: ReadableStream<Uint8Array>, fileName: string): AsyncGenerator<Uint8Array> {
  const chunks = readChunks(stream);
  try {
    const start = new PieceList();
    // Gzip is told by its first two bytes, whatever the name says.
    while (start.length < 2) {
      const next = await chunks.next();
      if (next.done === true) break;
      start.push(next.value);
    }
    const whole = prepend(start, chunks);
    if (start.head[0] === 0x1f && start.head[1] === 0x8b) yield* gunzip(whole, fileName);
    else yield* whole;
  } finally {
    // Whoever leaves early leaves between any two chunks: the source learns of it in every case.
    await chunks.return(undefined);
  }
}

async function* gunzip(chunks: AsyncGenerator<Uint8Array>, fileName: string): AsyncGenerator<Uint8Array> {
  let sourceError: unknown = null;
  const packed = streamOf(chunks, (error) => (sourceError = error));
  try {
    yield* readChunks(packed.pipeThrough(new DecompressionStream('gzip')));
  } catch (error) {
    throw error === sourceError ? error : gzipError(error, fileName);
  }
}

/** Platforms tell a cut stream from a damaged one only in their messages (Node: "unexpected end of file", Chromium: "truncated"). */
function gzipError(error: unknown, fileName: string): LabError {
  const text = error instanceof Error ? error.message : String(error);
  return /unexpected end|truncated|ended? early|incomplete/i.test(text)
    ? new LabError('file-truncated', `${fileName}: the gzip stream ends early.`, DOWNLOAD_AGAIN, error)
    : new LabError('file-damaged', `${fileName}: the gzip stream is damaged.`, DOWNLOAD_AGAIN, error);
}

/** A stream's chunks. Leaving the loop early cancels the stream. Not every browser iterates streams by itself. */
async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let left = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      left = true;
      yield value;
      left = false;
    }
  } finally {
    if (left) await reader.cancel();
    reader.releaseLock();
  }
}

async function* prepend(start: PieceList, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start.join();
  yield* rest;
}

/** @param onError told the source's own failures, which are not gzip's */
function streamOf(chunks: AsyncGenerator<Uint8Array>, onError: (error: unknown) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next().catch((error: unknown) => {
        onError(error);
        throw error;
      });
      if (next.done === true) controller.close();
      else controller.enqueue(bytesOf(next.value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** Pieces of a file as they come, joined once at the end. */
class PieceList {
  private readonly pieces: Uint8Array[] = [];
  /** The first bytes, enough for any header. */
  readonly head = new Uint8Array(16);
  length = 0;

  push(piece: Uint8Array): void {
    if (this.length < this.head.length) this.head.set(piece.subarray(0, this.head.length - this.length), this.length);
    this.pieces.push(piece);
    this.length += piece.length;
  }

  join(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
