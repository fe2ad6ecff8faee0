/** `npm run reach`: how far the two forms of the penalty reach over λ, for each method that pulls towards an anchor. */
import { join } from 'node:path';
import { METHOD_IDS, type MethodId, type RunConfig } from '../core/config.ts';
import { settingOf } from '../core/settings.ts';
import { LabError } from '../core/errors.ts';
import type { LabEvent } from '../core/protocol.ts';
import { requireSomeonesSettings } from '../core/comparison.ts';
import { methodHas } from '../core/method-settings.ts';
import { startNodeBackend } from '../platform/node/backend.ts';
import { measureReach, reachFiles, reachMarkdown } from '../session/reach.ts';
import { flagOf, parseAnyMethod } from './arguments.ts';
import { openHeadless, withDatasets } from './headless.ts';
import { helpText } from './help.ts';
import { lambdasOf, methodsOf } from './lists.ts';
import { backendOf, runCommand, writeText } from './terminal.ts';

/** Methods that pull towards an anchor, weight by weight. */
const ANCHORED = METHOD_IDS.filter((method) => methodHas(method, 'penaltyStep'));

const OWN_FLAGS = {
  methods: `comma-separated, of ${ANCHORED.join(', ')} [mas,ewc,si]`,
  grid: 'comma-separated values of λ [every power of ten from 0.001 to 100000]',
  backend: 'wasm, webgpu or cpu [wasm]',
  out: 'DIR',
};

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(helpText('npm run reach -- [flags]', OWN_FLAGS));
    return;
  }
  const { config: asked, own, given } = parseAnyMethod(argv, OWN_FLAGS);
  const methods = anchored(methodsOf(own.get('methods') ?? 'mas,ewc,si'));
  refuseOwnChoices(given);
  requireSomeonesSettings(methods, given, (key) => flagOf(settingOf(key)));
  const lambdas = lambdasOf(own.get('grid') ?? '0.001,0.01,0.1,1,10,100,1000,10000,100000');
  const backend = await startNodeBackend(backendOf(own.get('backend') ?? 'wasm'));
  process.stderr.write(`Backend: ${backend.name}, ${backend.kernels}${backend.adapter ? `, ${backend.adapter}` : ''}\n`);
  let importFailure: LabError | null = null;
  const onEvent = (event: LabEvent): void => {
    if (event.kind === 'import-failed' && event.error) importFailure = LabError.fromData(event.error);
  };
  const { lab, close } = await openHeadless(backend, onEvent);
  try {
    const config = await withDatasets(lab, asked, () => importFailure);
    const reach = await measureReach(lab.session, config, methods, lambdas, ({ method, penaltyStep, lambda, averageAccuracy }) => {
      process.stderr.write(`${method}, ${penaltyStep}, λ = ${lambda}: ${averageAccuracy === null ? 'diverged' : `${(100 * averageAccuracy).toFixed(1)} %`}\n`);
    });
    const { dataset, importanceDataset } = asked;
    const named = { ...reach, config: { ...reach.config, dataset, importanceDataset } };
    process.stdout.write(reachMarkdown(named));
    const out = own.get('out');
    if (out === undefined) return;
    for (const { path, text } of reachFiles(named)) await writeText(join(out, path), text);
    process.stdout.write(`\nFiles written to ${out}\n`);
  } finally {
    await close();
  }
}

/** What this command goes through by itself must not look as if it could be chosen. @throws LabError 'config-conflict' */
function refuseOwnChoices(given: ReadonlySet<keyof RunConfig>): void {
  const instead = new Map<keyof RunConfig, string>([
    ['method', 'Give --methods, separated by commas.'],
    ['lambda', 'Give --grid with the values of λ.'],
    ['penaltyStep', 'Leave it out: both forms are trained.'],
    ['tasks', 'Leave it out: there are always two.'],
  ]);
  for (const [key, hint] of instead) {
    if (given.has(key)) throw new LabError('config-conflict', `${flagOf(settingOf(key))} is not chosen here.`, hint);
  }
}

function anchored(methods: readonly MethodId[]): readonly MethodId[] {
  const other = methods.find((method) => !ANCHORED.includes(method));
  if (other === undefined) return methods;
  throw new LabError('config-conflict', `--methods names “${other}”, which has no penalty that could be a gradient or a proximal step.`, `Give some of: ${ANCHORED.join(', ')}.`);
}

await runCommand(main);
