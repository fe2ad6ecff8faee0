/** `npm run train`: trains a sequence of tasks and writes the seed's tree of files (DESIGN.md section 7). */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError, toErrorData } from '../core/errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { runTree } from '../formats/tree.ts';
import { startNodeBackend } from '../platform/node/backend.ts';
import { runFiles, runReport } from '../session/run-files.ts';
import { parseArguments } from './arguments.ts';
import { forgettingTable } from './forgetting-table.ts';
import { headlessSession, trainAll } from './headless.ts';
import { openNodeData } from './node-data.ts';
import { ProgressLine } from './progress-line.ts';

const OWN_FLAGS = { backend: 'wasm, webgpu or cpu', out: 'DIR', json: 'FILE' };

async function main(argv: readonly string[]): Promise<void> {
  const { config: asked, own } = parseArguments(argv, OWN_FLAGS);
  const backendName = backendOf(own.get('backend') ?? 'wasm');
  const progress = new ProgressLine(process.stderr);
  const data = await openNodeData(asked.dataset, (event) => progress.show(event));
  const backend = await startNodeBackend(backendName);
  process.stderr.write(`Backend: ${backend.name}, ${backend.kernels}${backend.adapter ? `, ${backend.adapter}` : ''}\n`);
  const session = headlessSession({
    store: data.store, datasets: data.datasets, decoder: data.decoder, backendName: backend.name, onEvent: (event) => progress.show(event),
  });
  await trainAll(session, { ...asked, dataset: data.id });
  const record = session.currentRecord;
  if (!record) throw new Error('a finished run has a record');
  const report = runReport(record);
  process.stdout.write(`${forgettingTable(report)}\n`);
  const json = own.get('json');
  if (json !== undefined) {
    await mkdir(dirname(json), { recursive: true });
    await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  const out = own.get('out');
  if (out !== undefined) {
    for (const { path, content } of runTree(runFiles(record, await session.lastCheckpoint()))) await writeSource(join(out, path), content);
    process.stdout.write(`Files written to ${out}\n`);
  }
}

function backendOf(name: string): 'wasm' | 'webgpu' | 'cpu' {
  if (name === 'wasm' || name === 'webgpu' || name === 'cpu') return name;
  throw new LabError('config-unknown', `--backend is “${name}”, which is not one of: wasm, webgpu, cpu.`, 'Give one of: wasm, webgpu, cpu.');
}

async function writeSource(path: string, content: ByteSource): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    for (const chunk of content.chunks()) await file.write(chunk);
  } finally {
    await file.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const { message, hint, code } = toErrorData(error);
  process.stderr.write(`\n${message}\n${hint}\n`);
  // Of our own mistakes the developer wants the place.
  if (code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
