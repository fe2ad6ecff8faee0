/** `npm run dialects`: MAS's importance after the first task as published implementations compute it, and which λ corresponds to which. */
import { join } from 'node:path';
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import { startNodeBackend } from '../platform/node/backend.ts';
import { dialectCsv, dialectMarkdown } from '../session/dialect-tables.ts';
import { parseArguments } from './arguments.ts';
import { openHeadless, trainFirst, withDatasets } from './headless.ts';
import { helpText } from './help.ts';
import { ProgressLine } from './progress-line.ts';
import { backendOf, runCommand, writeText } from './terminal.ts';

const OWN_FLAGS = { backend: 'wasm, webgpu or cpu [wasm]', out: 'DIR' };

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(helpText('npm run dialects -- [flags]', OWN_FLAGS));
    return;
  }
  const { config: asked, own } = parseArguments(argv, OWN_FLAGS);
  const backendName = backendOf(own.get('backend') ?? 'wasm');
  const progress = new ProgressLine(process.stderr);
  let importFailure: LabError | null = null;
  const backend = await startNodeBackend(backendName);
  const onEvent = (event: LabEvent): void => {
    if (event.kind === 'import-failed' && event.error) importFailure = LabError.fromData(event.error);
    progress.show(event);
  };
  const { lab, close } = await openHeadless(backend, onEvent);
  try {
    await trainFirst(lab, await withDatasets(lab, asked, () => importFailure));
    const report = await lab.dialects();
    process.stdout.write(dialectMarkdown(report));
    const out = own.get('out');
    if (out === undefined) return;
    await writeText(join(out, 'dialects.md'), dialectMarkdown(report));
    await writeText(join(out, 'dialects.csv'), dialectCsv(report));
    await writeText(join(out, 'dialects.json'), `${JSON.stringify({ config: asked, ...report }, null, 2)}\n`);
    process.stdout.write(`\nFiles written to ${out}\n`);
  } finally {
    await close();
  }
}

await runCommand(main);
