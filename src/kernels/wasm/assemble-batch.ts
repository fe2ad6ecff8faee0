import { enlargingTaps } from '../../core/resample.ts';
import { normalisationTable } from '../composed/assemble-batch.ts';
import { kernel } from '../signatures.ts';
import { aligned, runtimeOf, sizeOf, type WasmRuntime } from './runtime.ts';

/** `assembly/batch.ts`: bytes, table, placement and taps are copied to the heap, once a batch. */
export const wasmAssembleBatch = kernel('LabAssembleBatch', (_inputs, { batch }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = batch.shape;
  const size = sizeOf(batch.shape);
  const table = normalisationTable(batch.mean, batch.std);
  const { placement, storedSide } = batch;
  const rowTaps = storedSide === undefined ? [] : enlargingTaps(storedSide, height);
  const columnTaps = storedSide === undefined ? [] : enlargingTaps(storedSide, width);
  const parts = Math.min(images, runtime.partsFor(size));
  // An image widened, then heightened, before it is placed.
  const enlargedBytes = storedSide === undefined ? 0 : aligned((storedSide + height) * width * channels);
  const out = runtime.output(batch.shape);
  const [tableAt, shiftYAt, shiftXAt, flipAt, rowTapsAt, columnTapsAt, enlargedAt, bytesAt] = layOut(runtime, [
    ...[4 * table.length, 4 * images, 4 * images, 4 * images, 4 * rowTaps.length, 4 * columnTaps.length],
    ...[runtime.lanes(parts) * enlargedBytes, batch.bytes.length],
  ]);
  runtime.floats(tableAt!, table.length).set(table);
  runtime.bytes(bytesAt!, batch.bytes.length).set(batch.bytes);
  runtime.ints(rowTapsAt!, rowTaps.length).set(rowTaps);
  runtime.ints(columnTapsAt!, columnTaps.length).set(columnTaps);
  if (placement) {
    runtime.ints(shiftYAt!, images).set(placement.shiftY);
    runtime.ints(shiftXAt!, images).set(placement.shiftX);
    runtime.ints(flipAt!, images).set(placement.flip);
  }
  runtime.run(
    'assembleBatch',
    [
      ...[bytesAt!, tableAt!, ...(placement ? [shiftYAt!, shiftXAt!, flipAt!] : [0, 0, 0])],
      ...[runtime.address(out), images, height, width, channels],
      ...[storedSide ?? 0, rowTapsAt!, columnTapsAt!, enlargedAt!, enlargedBytes],
    ],
    parts,
  );
  return out;
});

/** Addresses of so many bytes each, one after another in the scratch. */
function layOut(runtime: WasmRuntime, sizes: readonly number[]): number[] {
  let at = runtime.scratch(sizes.reduce((sum, size) => sum + aligned(size), 0));
  return sizes.map((size) => {
    const address = at;
    at += aligned(size);
    return address;
  });
}
