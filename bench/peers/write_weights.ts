/**
 * Writes AlexNet's 57 million shared weights as a stream of chunks and prints what that took: `write_weights.ts pth|safetensors|pickle FILE`.
 * A pickle holds an importance and an anchor of each.
 */
import { openSync, closeSync, writeSync } from 'node:fs';
import { torchShape } from '../../src/engine/model/layout.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import type { ByteSource } from '../../src/formats/byte-source.ts';
import { elementCount, f32Tensor, type NamedTensor } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { pairRegParams, regParamsSource } from '../../src/formats/reg-params-write.ts';
import { safetensorsSource } from '../../src/formats/safetensors-write.ts';
import { peakMemory } from '../harness/peak-memory.ts';

/** How many values of each weight a file has, and how they are written. */
const WRITERS: Readonly<Record<string, { readonly values: 1 | 2; readonly write: (...tensors: NamedTensor[][]) => ByteSource }>> = {
  pth: { values: 1, write: (shared) => pthSource(shared!) },
  safetensors: { values: 1, write: (shared) => safetensorsSource(shared!) },
  pickle: { values: 2, write: (omega, anchor) => regParamsSource(pairRegParams(omega!, anchor!)) },
};

const [format = '', path] = process.argv.slice(2);
const writer = WRITERS[format];
if (!writer || path === undefined) throw new Error('write_weights.ts wants a format and a file');

const before = process.memoryUsage.rss();
const tensors = Array.from({ length: writer.values }, () =>
  backboneParams(modelSpec('alexnet-224')).map((param, t) => {
    const shape = torchShape(param);
    // Every page is touched: memory that is all zeros may not be there at all.
    return f32Tensor(param.name, shape, new Float32Array(elementCount(shape)).fill(t + 1));
  }),
);
const weightBytes = tensors.flat().reduce((sum, { data }) => sum + data.byteLength, 0);
const start = performance.now();
const file = openSync(path, 'w');
for await (const chunk of writer.write(...tensors).chunks()) for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
closeSync(file);
const elapsedMs = performance.now() - start;
// The highest the process ever stood at, above what it stood at before there were weights.
const peakBytes = peakMemory() - before;
console.log(JSON.stringify({ elapsedMs, peakBytes, weightBytes }));
