/** The README's table of what was measured, made of bench/results/*.json: `npm run bench -- --table`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRow } from './harness/row.ts';

export const TABLE_BEGINS = '<!-- figures: written by `npm run bench -- --table` -->';
export const TABLE_ENDS = '<!-- end of figures -->';

/** A README with its table as the results of this folder have it. @throws Error where it has no place for one */
export function withTable(readme: string, resultsFolder: string): string {
  const [from, to] = [readme.indexOf(TABLE_BEGINS), readme.indexOf(TABLE_ENDS)];
  if (from < 0 || to < from) throw new Error(`README.md has no place for the figures, between “${TABLE_BEGINS}” and “${TABLE_ENDS}”`);
  return `${readme.slice(0, from)}${TABLE_BEGINS}\n${tableOf(resultsFolder)}\n${readme.slice(to)}`;
}

function tableOf(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
  const rows = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchRow[]);
  return ['| question | the lab | peer | ratio | aim | where |', '|---|---:|---|---:|---|---|', ...rows.map(line)].join('\n');
}

function line({ question, peer, ratio, aim, met, ours, theirs, unit, adapter }: BenchRow): string {
  const spoken = `${figure(theirs)} ${unit}: ${peer}`;
  return `| ${[question, `${figure(ours)} ${unit}`, spoken, `${ratio.toFixed(2)} ×`, met ? aim : `${aim}, missed`, adapter].map(cell).join(' | ')} |`;
}

/** Three digits that count, which is more than one run on one machine can promise. */
function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
