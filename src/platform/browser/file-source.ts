import { LabError } from '../../core/errors.ts';
import type { ByteSource } from '../../data/types.ts';

/** Two slices are in use where the next is read ahead. */
const SPARE_BUFFERS = 2;

/**
 * A picked or dropped file, read slice by slice. What is released is read into again: Chromium holds on to every buffer that one of its
 * APIs has filled until garbage is collected, even where `transfer` has emptied it, so that a long import piles up the whole file.
 * @throws LabError 'file-damaged' where it changed or went away meanwhile
 */
export function fileSource(file: File): ByteSource {
  /** The largest that were released. */
  const spare: ArrayBuffer[] = [];
  return {
    name: file.name,
    size: file.size,
    release(bytes) {
      spare.push(bytes.buffer as ArrayBuffer);
      spare.sort((a, b) => b.byteLength - a.byteLength).splice(SPARE_BUFFERS);
    },
    async slice(start, end) {
      const part = file.slice(start, end);
      const fitting = spare.findIndex((buffer) => buffer.byteLength >= part.size);
      const buffer = fitting >= 0 ? spare.splice(fitting, 1)[0]! : new ArrayBuffer(part.size);
      try {
        return await readInto(buffer, part);
      } catch (error) {
        throw new LabError('file-damaged', `${file.name} can no longer be read: it was changed, moved or unplugged since it was chosen.`, 'Choose it again; a zip goes on where it stopped.', error);
      }
    },
  };
}

/** Streams that are being read: Chromium collects one that only its own pending read holds, which then never ends. */
const reading = new Set<ReadableStreamBYOBReader>();

/** All of `part`, in `buffer`, which the stream takes and gives back at every read. */
async function readInto(buffer: ArrayBuffer, part: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const reader = byteReader(part);
  if (reader === null) return new Uint8Array(await part.arrayBuffer());
  reading.add(reader);
  try {
    let bytes = buffer;
    let at = 0;
    while (at < part.size) {
      const { value, done } = await reader.read(new Uint8Array(bytes, at, part.size - at));
      if (done) break;
      bytes = value.buffer;
      at += value.length;
    }
    return new Uint8Array(bytes, 0, at);
  } finally {
    reading.delete(reader);
  }
}

/** Null in browsers whose streams of files cannot fill a given buffer. */
function byteReader(part: Blob): ReadableStreamBYOBReader | null {
  try {
    return part.stream().getReader({ mode: 'byob' });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
