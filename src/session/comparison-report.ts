/** A comparison as files: tables in Markdown and CSV, every run's measures and curves, and the config that reproduces each. */
import { COMPARISON_MEASURES, selectionSeeds, type Comparison, type LambdaChoice } from '../core/comparison.ts';
import { METHOD_LABELS } from '../core/config.ts';
import { settingText } from '../core/config-text.ts';
import { SETTINGS } from '../core/settings.ts';
import { methodHas } from '../core/method-settings.ts';
import { stabilityOf } from '../core/metrics.ts';
import type { Estimate } from '../core/statistics.ts';
import { csvText, type CsvValue } from '../formats/csv.ts';

export interface ReportFile {
  readonly path: string;
  readonly text: string;
}

/** All files of a comparison, paths relative to its folder. */
export function comparisonFiles(comparison: Comparison): ReportFile[] {
  return [
    { path: 'comparison.md', text: comparisonMarkdown(comparison) },
    { path: 'comparison.csv', text: comparisonCsv(comparison) },
    { path: 'runs.csv', text: runsCsv(comparison) },
    { path: 'curves.csv', text: curvesCsv(comparison) },
    { path: 'comparison.json', text: `${JSON.stringify(comparison, null, 2)}\n` },
    ...comparison.runs.map(({ method, seed, config }) => ({ path: configPath(method, seed), text: `${JSON.stringify(config, null, 2)}\n` })),
  ];
}

export function comparisonMarkdown(comparison: Comparison): string {
  const { request, rows, choices, runs, backend } = comparison;
  const { config, seeds } = request;
  const shared = SETTINGS.filter(({ key }) => key !== 'method' && key !== 'lambda' && key !== 'seed');
  const conditions = shared
    .filter((setting) => setting.key !== 'dataset' && settingText(config, setting) !== '' && request.methods.some((method) => methodHas(method, setting.key)))
    .map((setting) => `${setting.flag} ${setting.kind === 'flag' ? String(config[setting.key]) : settingText(config, setting)}`);
  const dataset = runs[0]?.config.dataset ?? config.dataset;
  return [
    '# Methods compared',
    '',
    `Data ${dataset}, ${config.tasks} tasks of ${config.classesPerTask} classes, seeds ${seeds.join(', ')}, backend ${backend}. Mean ± half the 95 % confidence interval over the seeds ` +
      '(Student’s t); accuracies in percent, differences in percentage points.',
    '',
    table(
      ['method', 'λ', ...COMPARISON_MEASURES.map(({ title, unit }) => (unit === 'ms' ? `${title} (ms)` : title))],
      rows.map((row) => [METHOD_LABELS[row.method], row.lambda === null ? '–' : String(row.lambda), ...COMPARISON_MEASURES.map((column) => cell(row[column.key], column.unit))]),
    ),
    '',
    ...choiceSection(choices, request.selectionTasks, selectionSeeds(request)),
    '## Conditions',
    '',
    `The same for every run: ${conditions.join('; ')}.`,
    '',
    '## To reproduce a row',
    '',
    ...rows.map(({ method }) => `- ${method}: \`npm run train -- --config ${configPath(method, seeds[0] ?? 0)}\`${seeds.length > 1 ? `, and so on for each seed` : ''}`),
    '',
  ].join('\n');
}

function choiceSection(choices: readonly LambdaChoice[], tasks: number, seeds: readonly number[]): string[] {
  const chosen = choices.filter(({ scores }) => scores.length > 0);
  if (chosen.length === 0) return [];
  return [
    '## How λ was chosen',
    '',
    `Average accuracy (percent) after the first ${tasks} tasks, ${seeds.length > 1 ? `mean over seeds ${seeds.join(', ')}` : `seed ${seeds.join('')}`}, on a fifth of their training images that was not trained on; no test image was looked at. Of equal values the smaller λ is taken.`,
    '',
    table(
      ['method', 'chosen', 'tried'],
      chosen.map(({ method, lambda, scores }) => [
        METHOD_LABELS[method],
        String(lambda),
        scores.map((score) => `${score.lambda}: ${score.accuracy === null ? 'diverged' : (100 * score.accuracy).toFixed(1)}`).join(', '),
      ]),
    ),
    '',
  ];
}

/** One row per method, fractions and milliseconds: `<measure>` and `<measure>Half95`. */
export function comparisonCsv({ rows }: Comparison): string {
  return csvText(
    ['method', 'lambda', 'runs', ...COMPARISON_MEASURES.flatMap(({ key }) => [key, `${key}Half95`])],
    rows.map((row): CsvValue[] => [
      row.method, row.lambda, row.averageAccuracy?.count ?? null, ...COMPARISON_MEASURES.flatMap(({ key }) => [row[key]?.mean ?? null, row[key]?.half ?? null]),
    ]),
  );
}

function runsCsv({ runs }: Comparison): string {
  return csvText(
    ['method', 'seed', 'lambda', 'averageAccuracy', 'averageForgetting', 'learningAccuracy', 'bwt', 'fwt', 'worstCaseAccuracy', 'classIncrementalAccuracy', 'stepMs', 'elapsedMs', 'config'],
    runs.map(({ method, seed, config, metrics, evaluations, stepMs, elapsedMs }): CsvValue[] => [
      method, seed, methodHas(method, 'lambda') ? config.lambda : null, metrics.averageAccuracy, metrics.averageForgetting, metrics.learningAccuracy, metrics.bwt, metrics.fwt,
      stabilityOf(metrics.accuracyMatrix, evaluations).worstCaseAccuracy, metrics.classIncremental?.averageAccuracy ?? null, stepMs, elapsedMs, configPath(method, seed),
    ]),
  );
}

/** One row per run, measurement and task: the accuracy curves. Tasks count from 1, as in file names. */
function curvesCsv({ runs }: Comparison): string {
  const rows = runs.flatMap(({ method, seed, evaluations }) =>
    evaluations.flatMap(({ step, task, epoch, full, accuracy }) =>
      accuracy.flatMap((value, measured): CsvValue[][] => (value === null ? [] : [[method, seed, step, task + 1, epoch + 1, full ? 1 : 0, measured + 1, value]]))));
  return csvText(['method', 'seed', 'step', 'training task', 'epoch', 'all test images', 'measured task', 'accuracy'], rows);
}

function configPath(method: string, seed: number): string {
  return `configs/${method}-seed${seed}.json`;
}

function cell(estimate: Estimate | null, unit: (typeof COMPARISON_MEASURES)[number]['unit']): string {
  if (estimate === null) return '–';
  const scale = unit === 'ms' ? 1 : 100;
  const mean = (scale * estimate.mean).toFixed(1);
  return estimate.half === null ? mean : `${mean} ± ${(scale * estimate.half).toFixed(1)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
