/** Writes safetensors files: an 8-byte header length, a JSON header, then the tensors' values one after another. */
import type { ByteSource } from './byte-source.ts';
import type { OutTensor } from './named-tensors.ts';
import { ITEM_BYTES, storedSize, storedSource } from './named-tensors.ts';

/**
 * A `.safetensors` file. Tensors are passed on as views, those with wide elements first, so that every one is aligned
 * in the file and can be read without a copy.
 *
 * @param metadata strings under `__metadata__`
 */
export function safetensorsSource(tensors: readonly OutTensor[], metadata: Readonly<Record<string, string>> = {}): ByteSource {
  const ordered = tensors.toSorted((a, b) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype]);
  const header = headerBytes(ordered, metadata);
  return {
    sizeBytes: ordered.reduce((sum, tensor) => sum + storedSize(tensor), header.length),
    async *chunks() {
      yield header;
      for (const tensor of ordered) yield* storedSource(tensor).chunks();
    },
  };
}

function headerBytes(tensors: readonly OutTensor[], metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  // Put together by hand: an object would reorder names like "0" and take "__proto__" for something else.
  const fields = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  const names = new Set<string>(['__metadata__']);
  let at = 0;
  for (const tensor of tensors) {
    if (names.has(tensor.name)) throw new Error(`A safetensors file cannot have another entry called ${tensor.name}.`);
    names.add(tensor.name);
    const end = at + storedSize(tensor);
    fields.push(`${JSON.stringify(tensor.name)}:${JSON.stringify({ dtype: tensor.dtype, shape: tensor.shape, data_offsets: [at, end] })}`);
    at = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}
