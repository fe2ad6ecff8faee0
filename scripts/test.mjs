// @ts-check
/**
 * `npm test`: installs what the tests need, then runs every check, cheap ones first, and stops at the first that fails.
 * `npm test -- --only lint,core` runs just those stages. The last line sums up: "N passed, N failed".
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './setup/chromium.mjs';
import { ROOT, runCommand } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { runMain, SetupFault } from './setup/fault.mjs';
import { ensureKernels } from './setup/kernels.mjs';
import { requireNode } from './setup/node-version.mjs';
import { requireShared } from './setup/shared.mjs';
import { ensureTorchPython } from './setup/torch.mjs';

/**
 * @typedef {{ passed: number, failed: number }} Outcome
 * @typedef {{ name: string, run: (env: Record<string, string>) => Promise<Outcome> }} Stage
 */

/** Folders of tests in the order they run; a folder that is not named here runs after these and before the browser. */
const FOLDERS = ['tooling', 'core', 'app', 'formats', 'data', 'engine', 'kernels', 'session', 'interop', 'reference'];
const BIN = join(ROOT, 'node_modules');

/** @returns {Stage[]} */
function stages() {
  const present = readdirSync(join(ROOT, 'tests'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const others = present.filter((name) => !FOLDERS.includes(name) && name !== 'helpers' && name !== 'e2e').sort();
  const missing = [...FOLDERS, 'e2e'].filter((name) => !present.includes(name));
  if (missing.length > 0) throw new SetupFault(`tests/ lacks ${missing.join(', ')}.`, 'Restore them from git.');
  return [
    check('lint', [join(BIN, 'oxlint', 'bin', 'oxlint'), '--deny-warnings']),
    check('arrows', [join(ROOT, 'scripts', 'check-arrows.mjs')]),
    check('types', [join(BIN, 'typescript', 'bin', 'tsc'), '-p', '.']),
    ...[...FOLDERS, ...others].map((folder) => vitest(folder)),
    check('build', [join(BIN, 'vite', 'bin', 'vite.js'), 'build']),
    // One browser at a time: each trains on every core.
    vitest('e2e', ['--no-file-parallelism']),
  ];
}

/**
 * A stage that is one command: it counts as one check.
 * @param {string} name
 * @param {readonly string[]} args of Node
 * @returns {Stage}
 */
function check(name, args) {
  return {
    name,
    run: async (env) => ((await runCommand(process.execPath, args, env)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
  };
}

/**
 * A stage that is one folder of tests.
 * @param {string} folder
 * @param {readonly string[]} [flags] of Vitest
 * @returns {Stage}
 */
function vitest(folder, flags = []) {
  return {
    name: folder,
    run: async (env) => {
      const scratch = mkdtempSync(join(tmpdir(), 'mas-lab-tests-'));
      const report = join(scratch, 'report.json');
      try {
        const args = [join(BIN, 'vitest', 'vitest.mjs'), 'run', '--dir', join('tests', folder), ...flags];
        const code = await runCommand(process.execPath, [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], env);
        if (existsSync(report)) return outcomeOf(JSON.parse(readFileSync(report, 'utf8')), code);
        console.log(`Vitest ended early, with code ${code} and without a report.`);
        return { passed: 0, failed: 1 };
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  };
}

/**
 * Counts a report of Vitest. A file that does not load, a test that is skipped and a run without tests prove nothing: they fail.
 * @param {{ numPassedTests: number, numTotalTests: number, testResults: { status: string, name: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 * @param {number} exitCode
 * @returns {Outcome}
 */
function outcomeOf(report, exitCode) {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const skipped = report.testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status !== 'passed' && status !== 'failed');
  for (const test of skipped) console.log(`Skipped, which counts as failed: ${test.fullName}`);
  const failed = report.numTotalTests - report.numPassedTests + unloaded.length;
  return { passed: report.numPassedTests, failed: failed === 0 && (exitCode !== 0 || report.numPassedTests === 0) ? 1 : failed };
}

/** @param {readonly string[]} argv @param {readonly Stage[]} all @returns {Stage[]} */
function chosen(argv, all) {
  if (argv.length === 0) return [...all];
  const [flag, list, ...rest] = argv;
  const known = all.map((stage) => stage.name).join(', ');
  if (flag !== '--only' || !list || rest.length > 0) {
    throw new SetupFault(`Unknown arguments: ${argv.join(' ')}.`, `Give none, or --only with stages from: ${known}.`);
  }
  return list.split(',').map((name) => {
    const stage = all.find((candidate) => candidate.name === name);
    if (!stage) throw new SetupFault(`There is no stage “${name}”.`, `Stages: ${known}.`);
    return stage;
  });
}

/** @param {readonly Stage[]} run what these need @returns {Promise<Record<string, string>>} environment for them */
async function prepare(run) {
  await ensureDependencies();
  await ensureKernels();
  if (run.every((stage) => ['lint', 'arrows', 'types', 'build'].includes(stage.name))) return {};
  requireShared();
  // Chromium brings the software Vulkan that WebGPU tests in Node run on, too.
  return { CHROMIUM_PATH: await ensureChromium(), TORCH_PYTHON: await ensureTorchPython() };
}

await runMain(async () => {
  requireNode();
  const run = chosen(process.argv.slice(2), stages());
  const env = await prepare(run);
  const total = { passed: 0, failed: 0 };
  for (const stage of run) {
    console.log(`\n── ${stage.name}`);
    const start = performance.now();
    const { passed, failed } = await stage.run(env);
    total.passed += passed;
    total.failed += failed;
    console.log(`── ${stage.name}: ${failed === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (failed > 0) {
      console.log(`\nStopped at stage “${stage.name}”. Run it alone with: npm test -- --only ${stage.name}`);
      process.exitCode = 1;
      break;
    }
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
});
