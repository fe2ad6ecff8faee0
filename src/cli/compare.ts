/** `npm run compare`: methods side by side under equal conditions, as tables, curves, and configs that reproduce each row. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireSomeonesSettings, validateComparison, type ComparisonProgress, type ComparisonRequest } from '../core/comparison.ts';
import { METHOD_IDS } from '../core/config.ts';
import { settingOf } from '../core/settings.ts';
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import { startNodeBackend } from '../platform/node/backend.ts';
import type { PieceStore } from '../session/comparison.ts';
import { comparisonFiles, comparisonMarkdown } from '../session/comparison-report.ts';
import { flagOf, parseAnyMethod } from './arguments.ts';
import { openHeadless, withDatasets } from './headless.ts';
import { helpText } from './help.ts';
import { lambdasOf, methodsOf } from './lists.ts';
import { ProgressLine } from './progress-line.ts';
import { backendOf, runCommand, writeText } from './terminal.ts';

const OWN_FLAGS = {
  methods: `comma-separated, of ${METHOD_IDS.join(', ')} [finetune,mas,ewc,si,lwf,joint]`,
  seeds: 'how many, from --seed on [3]',
  grid: 'comma-separated values of λ to choose from [each method’s own]',
  'selection-tasks': 'first tasks on which λ is chosen [2]',
  backend: 'wasm, webgpu or cpu [wasm]',
  out: 'DIR; what is finished there is not trained again',
};

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(helpText('npm run compare -- [flags]', OWN_FLAGS));
    return;
  }
  const { request, backend: backendName, out } = readRequest(argv);
  const backend = await startNodeBackend(backendName);
  process.stderr.write(`Backend: ${backend.name}, ${backend.kernels}${backend.adapter ? `, ${backend.adapter}` : ''}\n`);
  const progress = new ProgressLine(process.stderr);
  const showComparison = comparisonLine(process.stderr);
  let importFailure: LabError | null = null;
  const onEvent = (event: LabEvent): void => {
    if (event.kind === 'import-failed' && event.error) importFailure = LabError.fromData(event.error);
    if (event.kind === 'comparison') showComparison(event.progress);
    else progress.show(event);
  };
  const { lab, close } = await openHeadless(backend, onEvent);
  try {
    const { dataset, importanceDataset } = request.config;
    const config = await withDatasets(lab, request.config, () => importFailure);
    const comparison = await lab.compare({ ...request, config }, { pieces: pieceStore(out), names: { dataset, importanceDataset } });
    process.stdout.write(`\n${comparisonMarkdown(comparison)}`);
    if (out === null) return;
    for (const { path, text } of comparisonFiles(comparison)) await writeText(join(out, path), text);
    process.stdout.write(`\nFiles written to ${out}\n`);
  } finally {
    await close();
  }
}

/** @throws LabError naming the flag that is wrong, before data or backend are touched */
function readRequest(argv: readonly string[]): { request: ComparisonRequest; backend: ReturnType<typeof backendOf>; out: string | null } {
  const { config, own, given } = parseAnyMethod(argv, OWN_FLAGS);
  if (given.has('method')) throw new LabError('config-conflict', '--method names one method; a comparison trains several.', 'Give --methods, separated by commas.');
  if (given.has('lambda')) throw new LabError('config-conflict', '--reg-lambda sets one λ for all methods, whose scales differ.', 'Give --grid with the values to choose from; a single one is taken as it is.');
  const methods = methodsOf(own.get('methods') ?? 'finetune,mas,ewc,si,lwf,joint');
  requireSomeonesSettings(methods, given, (key) => flagOf(settingOf(key)));
  const count = wholeNumber('--seeds', own.get('seeds') ?? '3', 1000);
  const grid = own.get('grid');
  const request: ComparisonRequest = {
    config,
    methods,
    seeds: Array.from({ length: count }, (_, k) => config.seed + k),
    grid: grid === undefined ? null : lambdasOf(grid),
    selectionTasks: wholeNumber('--selection-tasks', own.get('selection-tasks') ?? '2', 100),
  };
  validateComparison(request);
  return { request, backend: backendOf(own.get('backend') ?? 'wasm'), out: own.get('out') ?? null };
}

function wholeNumber(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 1 || value > most) {
    throw new LabError('config-range', `${flag} is “${text}”, but must be a whole number from 1 to ${most}.`, `Give a whole number from 1 to ${most}.`);
  }
  return value;
}

/** One JSON file per piece, beside the tables. */
function pieceStore(out: string | null): PieceStore {
  const kept = new Map<string, unknown>();
  if (out === null) return { get: async (name) => kept.get(name), set: async (name, value) => void kept.set(name, value) };
  const path = (name: string): string => join(out, 'pieces', `${name}.json`);
  return {
    async get(name) {
      const text = await readFile(path(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return text === null ? undefined : parsed(text);
    },
    set: (name, value) => writeText(path(name), JSON.stringify(value)),
  };
}

/** A piece whose writing was cut off is trained again. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What trains, and how much is done: one line that is replaced, on a pipe a line per change. */
function comparisonLine(out: NodeJS.WriteStream): (progress: ComparisonProgress) => void {
  let last = '';
  return ({ stage, done, total, method, lambda, seed }) => {
    const what = stage === 'choosing' ? `choosing λ of ${method}: ${lambda}` : `${method}, seed ${seed}, λ = ${lambda}`;
    const line = `${String(Math.floor((100 * done) / total)).padStart(3)} %  ${what}`;
    if (line !== last) out.write(out.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    last = line;
  };
}

await runCommand(main);
