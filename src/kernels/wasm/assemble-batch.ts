import { normalisationTable } from '../composed/assemble-batch.ts';
import { kernel } from '../signatures.ts';
import { aligned, runtimeOf, sizeOf } from './runtime.ts';

/** `assembly/batch.ts`: bytes, table and placement are copied to the heap, once a batch. */
export const wasmAssembleBatch = kernel('LabAssembleBatch', (_inputs, { batch }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = batch.shape;
  const size = sizeOf(batch.shape);
  const table = normalisationTable(batch.mean, batch.std);
  const placement = batch.placement;
  const out = runtime.output(batch.shape);
  const tableAt = runtime.scratch(4 * table.length + 3 * aligned(4 * images) + size);
  const shiftYAt = tableAt + 4 * table.length;
  const shiftXAt = shiftYAt + aligned(4 * images);
  const flipAt = shiftXAt + aligned(4 * images);
  const bytesAt = flipAt + aligned(4 * images);
  runtime.floats(tableAt, table.length).set(table);
  runtime.bytes(bytesAt, size).set(batch.bytes);
  if (placement) {
    runtime.ints(shiftYAt, images).set(placement.shiftY);
    runtime.ints(shiftXAt, images).set(placement.shiftX);
    runtime.ints(flipAt, images).set(placement.flip);
  }
  runtime.run(
    'assembleBatch',
    [
      ...[bytesAt, tableAt, ...(placement ? [shiftYAt, shiftXAt, flipAt] : [0, 0, 0])],
      ...[runtime.address(out), images, height, width, channels],
    ],
    Math.min(images, runtime.partsFor(size)),
  );
  return out;
});
