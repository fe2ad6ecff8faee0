/**
 * Reads a file of weights and prints what that took: `peak-reader.ts FILE`. A process of its own, whose highest memory is the
 * reading's alone. Run with `--expose-gc`, and with a small young generation, whose garbage would count as memory.
 */
import { readFileSync } from 'node:fs';
import { LabError } from '../../src/core/errors.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { peakMemory } from '../../bench/harness/peak-memory.ts';

export interface PeakReport {
  readonly fileBytes: number;
  /** The most memory that the process had above what it had with the file in memory, before it was read. */
  readonly peakBytes: number;
  /** The refusal's code; null where the file was read. */
  readonly refused: string | null;
}

const [path = ''] = process.argv.slice(2);
const bytes = readFileSync(path);
// What is compiled and cached at the first reading is no file's.
readWeightFile(Uint8Array.of(0x80, 2, 0x5d, 0x28, 0x4e, 0x4b, 1, 0x65, 0x2e), 'first');
gc!();
const before = process.memoryUsage.rss();
const refused = read();
process.stdout.write(JSON.stringify({ fileBytes: bytes.length, peakBytes: peakMemory() - before, refused } satisfies PeakReport));

function read(): string | null {
  try {
    readWeightFile(bytes, path);
    return null;
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
}
