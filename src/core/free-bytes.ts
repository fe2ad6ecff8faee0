/** ES2024; not in every browser, nor in Node 20. */
interface TransferableBuffer extends ArrayBuffer {
  transfer?(newByteLength: number): ArrayBuffer;
}

/**
 * Gives the memory of bytes back at once where the platform can, instead of when the garbage collector comes by: long streams would
 * otherwise pile up what they have read. Every view of the buffer is empty afterwards. Only for buffers that JavaScript alone has used:
 * one that went through a stream, `digest` or `arrayBuffer()` is held by the platform besides, and then not even the collector hears of it.
 */
export function freeBytes(bytes: Uint8Array<ArrayBuffer>): void {
  const buffer: TransferableBuffer = bytes.buffer;
  buffer.transfer?.(0);
}
