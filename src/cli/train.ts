/** `npm run train`: trains a sequence of tasks and writes the seed's tree of files (DESIGN.md section 7). */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import { startNodeBackend } from '../platform/node/backend.ts';
import { NO_VALUE, parseArguments } from './arguments.ts';
import { forgettingTable } from './forgetting-table.ts';
import { continueRun, withWeights } from './given-weights.ts';
import { helpText } from './help.ts';
import { openHeadless, openMoreData, trainAll, withDatasets } from './headless.ts';
import { ProgressLine } from './progress-line.ts';
import { backendOf, runCommand, writeText } from './terminal.ts';

const OWN_FLAGS = { continue: 'FILE: a run (.maslab) or a tree of models (.zip)', 'data-classes': 'N or ID,ID: of Parquet, read only so many or these classes', also: 'PATH,PATH: more datasets, for --classes', backend: 'wasm, webgpu or cpu', tune: `${NO_VALUE} measures tiles on a software WebGPU adapter too`, out: 'DIR', json: 'FILE' };

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(helpText('npm run train -- [flags]', OWN_FLAGS));
    return;
  }
  const { config: asked, own, ...flags } = parseArguments(argv, OWN_FLAGS);
  const backendName = backendOf(own.get('backend') ?? 'wasm');
  const progress = new ProgressLine(process.stderr);
  let importFailure: LabError | null = null;
  const backend = await startNodeBackend(backendName, undefined, own.has('tune'));
  process.stderr.write(`Backend: ${backend.name}, ${backend.kernels}${backend.adapter ? `, ${backend.adapter}` : ''}\n`);
  const onEvent = (event: LabEvent): void => {
    if (event.kind === 'import-failed' && event.error) importFailure = LabError.fromData(event.error);
    progress.show(event);
  };
  const { lab, close } = await openHeadless(backend, onEvent);
  try {
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    const config = await withDatasets(lab, asked, () => importFailure, own.get('data-classes'));
    await openMoreData(lab, own.get('also'), () => importFailure, say);
    const begun = own.get('continue');
    if (begun === undefined) await trainAll(lab, await withWeights(lab, { config, ...flags }, say));
    else await continueRun(lab, begun, { config, ...flags }, say);
    const report = lab.session.report();
    process.stdout.write(`${forgettingTable(report)}\n`);
    const json = own.get('json');
    if (json !== undefined) {
      await writeText(json, `${JSON.stringify(report, null, 2)}\n`);
    }
    const out = own.get('out');
    if (out !== undefined) {
      for (const { path, content } of await lab.files()) await writeChunks(join(out, path), content.chunks());
      process.stdout.write(`Files written to ${out}\n`);
    }
  } finally {
    await close();
  }
}

async function writeChunks(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    for await (const chunk of chunks) await file.write(chunk);
  } finally {
    await file.close();
  }
}

await runCommand(main);
