/** The seed's closing table: per task, its accuracy right after learning, now, and what was forgotten. */
import type { RunReport } from '../session/run-files.ts';

const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
const points = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1));

export function forgettingTable(report: RunReport): string {
  const last = report.accuracyMatrix.length - 1;
  const rows = report.accuracyMatrix.map((_, task) => [
    String(task + 1),
    percent(report.accuracyMatrix[task]?.[task] ?? null),
    percent(report.accuracyMatrix[last]?.[task] ?? null),
    points(report.forgetting[task] ?? null),
  ]);
  const header = ['Task', 'After learning', 'Now', 'Forgetting (points)'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => cell.padStart(widths[column]!)).join('  ');
  return [
    line(header),
    ...rows.map(line),
    '',
    `Average accuracy ${percent(report.averageAccuracy)}, average forgetting ${points(report.averageForgetting)} points, learning accuracy ${percent(report.learningAccuracy)}`,
  ].join('\n');
}
