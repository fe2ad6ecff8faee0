/** Files that go out, as lists of chunks: nothing is joined in memory, tensors are passed on as views of themselves. */

export interface ByteSource {
  /** Sum of the lengths of all chunks. */
  readonly sizeBytes: number;
  /** The file from its beginning; every call starts again. Chunks must not be written to. */
  chunks(): Iterable<Uint8Array<ArrayBuffer>>;
}

/** A file of the given pieces, in order. */
export function sourceOf(...pieces: readonly Uint8Array<ArrayBuffer>[]): ByteSource {
  return { sizeBytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0), chunks: () => pieces };
}

/** A text file, UTF-8. */
export function textSource(text: string): ByteSource {
  return sourceOf(new TextEncoder().encode(text));
}

/** The whole file as one array; for small ones and for tests. */
export function joinBytes(source: ByteSource): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(source.sizeBytes);
  let at = 0;
  for (const chunk of source.chunks()) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at !== joined.length) throw new Error(`A file announced ${joined.length} bytes and produced ${at}.`);
  return joined;
}
