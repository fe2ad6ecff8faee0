/** Writing one shard: a Parquet file with the hub's schema, one row group a class, and what the manifest says of it. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { openParquet, rowGroups } from './sources/parquet-file.ts';
import type { ShardFile } from './sources/shards-manifest.ts';
import { sha256 } from './sha256.ts';
import type { StoredImages } from './types.ts';

export interface ShardClass {
  readonly id: string;
  /** Its number among all classes of the dataset. */
  readonly label: number;
  readonly images: StoredImages;
}

/**
 * @param labelNames ids of all classes of the dataset; a label is the place in it
 * @throws Error where a class has no images, or has pixels instead of image files
 */
export async function writeShard(file: string, classes: readonly ShardClass[], labelNames: readonly string[]): Promise<{ bytes: Uint8Array; shard: ShardFile }> {
  const writer = new ByteWriter();
  const features = { image: { _type: 'Image' }, label: { names: labelNames, _type: 'ClassLabel' } };
  const parquet = new ParquetWriter({
    writer,
    // Image files do not compress any further.
    codec: 'UNCOMPRESSED',
    createdBy: 'mas-lab',
    schema: [
      { name: 'schema', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'INT64', repetition_type: 'REQUIRED' },
    ],
    kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }],
  });
  for (const { id, label, images } of classes) {
    const count = images.offsets.length - 1;
    if (images.encoding !== 'compressed' || count === 0) throw new Error(`class ${id} has no image files for ${file}`);
    const rows = Array.from({ length: count }, (_, k) => ({
      bytes: images.bytes.subarray(images.offsets[k], images.offsets[k + 1]),
      path: images.names[k] ?? null,
    }));
    await parquet.write({
      columnData: [
        { name: 'image', data: rows },
        { name: 'label', data: new Array<bigint>(count).fill(BigInt(label)) },
      ],
      rowGroupSize: count,
    });
  }
  await parquet.finish();
  const bytes = writer.getBytes();
  const groups = rowGroups(await openParquet({ name: file, size: bytes.length, slice: async (start, end) => bytes.slice(start, end) }));
  const parts = await Promise.all(
    classes.map(async ({ id }, k) => {
      const { rows, range: [start, end] } = groups[k]!;
      return { classId: id, images: rows, start, end, sha256: await sha256(bytes.subarray(start, end)) };
    }),
  );
  const images = parts.reduce((sum, part) => sum + part.images, 0);
  return { bytes, shard: { file, sizeBytes: bytes.length, sha256: await sha256(bytes), images, parts } };
}
