/** Parses a file of weights, once it is in memory, and prints what that took: `read_weights.ts FILE`. */
import { readFileSync } from 'node:fs';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { peakMemory } from '../harness/peak-memory.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('read_weights.ts wants a file');

const before = process.memoryUsage.rss();
const bytes = readFileSync(path);
const start = performance.now();
const { tensors } = readWeightFile(bytes, path);
const elapsedMs = performance.now() - start;
// The highest the process ever stood at, above what it stood at before the file was touched.
const peakBytes = peakMemory() - before;
const values = tensors.reduce((sum, { data }) => sum + data.length, 0);
const last = tensors.map(({ data }) => Number(data[data.length - 1]));
console.log(JSON.stringify({ elapsedMs, peakBytes, values, last }));
