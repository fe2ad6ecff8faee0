import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { main } from 'assemblyscript/asc';

/** Chains of multiply-adds that wait for nothing but themselves: enough to fill the unit's latency several times over. */
const CHAINS = 12;
const LANES = 4;
const ROUNDS = 20_000_000;

/** Multiply-adds in registers only, so that nothing but the unit itself limits them. AssemblyScript. */
const SOURCE = `
export function spin(rounds: i32): f32 {
  const x = f32x4.splat(0.999), y = f32x4.splat(0.001);
  ${each((i) => `let a${i} = f32x4.splat(${i}.0);`)}
  for (let i = 0; i < rounds; i++) {
    ${each((i) => `a${i} = f32x4.relaxed_madd(a${i}, x, y);`)}
  }
  ${each((i) => (i === 0 ? '' : `a0 = f32x4.add(a0, a${i});`))}
  return f32x4.extract_lane(a0, 0);
}`;

/** Each spins when asked, and says when it has. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { spin } = new WebAssembly.Instance(new WebAssembly.Module(workerData.binary)).exports;
parentPort.on('message', () => {
  spin(workerData.rounds);
  parentPort.postMessage(null);
});`;

export interface PeakMeter {
  /** 10⁹ floating-point operations a second, all threads together; a multiply-add counts as two. */
  rate(): Promise<number>;
  close(): Promise<void>;
}

/** The highest rate that so many threads reach in wasm with relaxed SIMD. */
export async function peakMeter(threads: number): Promise<PeakMeter> {
  const workerData = { binary: await compile(), rounds: ROUNDS };
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { eval: true, workerData }));
  return {
    rate: async () => {
      const start = performance.now();
      await Promise.all(workers.map(async (worker) => {
        worker.postMessage(null);
        await once(worker, 'message');
      }));
      return (threads * 2 * CHAINS * LANES * ROUNDS) / (performance.now() - start) / 1e6;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const flags = ['--runtime', 'stub', '--optimizeLevel', '3', '--enable', 'simd,relaxed-simd'];
  const { error, stderr } = await main(['peak.ts', '--outFile', 'peak.wasm', ...flags], {
    readFile: (name) => (name === 'peak.ts' ? SOURCE : null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') binary = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`the peak's loop does not compile:\n${stderr.toString()}`, { cause: error });
  return binary;
}

function each(line: (i: number) => string): string {
  return Array.from({ length: CHAINS }, (_, i) => line(i)).join('\n');
}
