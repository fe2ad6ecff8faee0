/** Files that go out, as streams of chunks: nothing is joined in memory, tensors are passed on as views of themselves, or read on the way. */

export interface ByteSource {
  /** Sum of the lengths of all chunks. */
  readonly sizeBytes: number;
  /**
   * The file from its beginning, read by `for await`; every call starts again. Chunks must not be written to, and one may be gone when
   * the next is asked for: whoever keeps it copies it.
   */
  chunks(): Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A file of the given pieces, in order. */
export function sourceOf(...pieces: readonly Uint8Array<ArrayBuffer>[]): ByteSource {
  return { sizeBytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0), chunks: () => pieces };
}

/** Files one after another, as one. */
export function chainedSource(sources: readonly ByteSource[]): ByteSource {
  return {
    sizeBytes: sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    async *chunks() {
      for (const source of sources) yield* source.chunks();
    },
  };
}

/** A text file, UTF-8. */
export function textSource(text: string): ByteSource {
  return sourceOf(new TextEncoder().encode(text));
}

/** The whole file as one array: for what is small, or must be in memory anyway. */
export async function joinBytes(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  const joined = new Uint8Array(source.sizeBytes);
  let at = 0;
  for await (const chunk of source.chunks()) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at !== joined.length) throw new Error(`A file announced ${joined.length} bytes and produced ${at}.`);
  return joined;
}
