/** The comparison of MAS's dialects as Markdown and CSV. */
import { DIALECTS, type DialectReport } from '../core/dialects.ts';
import { csvText } from '../formats/csv.ts';
import type { ReportFile } from './comparison-report.ts';

export function dialectFiles(report: DialectReport): ReportFile[] {
  return [
    { path: 'dialects.md', text: dialectMarkdown(report) },
    { path: 'dialects.csv', text: dialectCsv(report) },
    { path: 'dialects.json', text: `${JSON.stringify(report, null, 2)}\n` },
  ];
}

export function dialectMarkdown(report: DialectReport): string {
  const name = (id: keyof typeof DIALECTS): string => DIALECTS[id].label;
  return [
    '# MAS, as different code computes it',
    '',
    `The same network after task ${report.task + 1}, ${report.images} of its images, ${report.weights} backbone weights, training batches of ${report.batchSize}.`,
    '',
    '| dialect | mean Ω | max Ω | zero | λ that pulls like λ = 1 of the paper | definition |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...report.rows.map(({ dialect, mean, max, zeroShare, lambda }) =>
      `| ${name(dialect)} | ${mean.toExponential(3)} | ${max.toPrecision(4)} | ${(100 * zeroShare).toFixed(1)} % | ${lambda.toPrecision(4)} | ${DIALECTS[dialect].rule.replaceAll('|', '\\|')} |`),
    '',
    '| pair | scale (Σ second / Σ first) | least squares | Spearman | shared top 10 % |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...report.pairs.map(({ first, second, scale, leastSquares, spearman, topOverlap }) =>
      `| ${name(first)} : ${name(second)} | ${scale.toPrecision(4)} | ${leastSquares.toPrecision(4)} | ${spearman === null ? '–' : spearman.toFixed(3)} | ${(100 * topOverlap).toFixed(1)} % |`),
    '',
    'The λ include the factor of each penalty and the share of Ω that enters after the first task. Sources:',
    '',
    ...report.rows.map(({ dialect }) => `- ${name(dialect)}: ${DIALECTS[dialect].source}`),
    '',
  ].join('\n');
}

/** One row per pair; λ are those that pull like λ = 1 of the paper. */
export function dialectCsv(report: DialectReport): string {
  const rows = new Map(report.rows.map((row) => [row.dialect, row]));
  return csvText(
    ['first', 'second', 'scale', 'leastSquares', 'spearman', 'topOverlap', 'lambdaFirst', 'lambdaSecond', 'meanFirst', 'meanSecond'],
    report.pairs.map(({ first, second, scale, leastSquares, spearman, topOverlap }) => [
      first, second, scale, leastSquares, spearman, topOverlap, rows.get(first)?.lambda ?? null, rows.get(second)?.lambda ?? null,
      rows.get(first)?.mean ?? null, rows.get(second)?.mean ?? null,
    ]),
  );
}
