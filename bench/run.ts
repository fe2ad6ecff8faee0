/** `npm run bench -- [--json FILE] [--only NAME,NAME]`: answers the questions of bench/questions/, one after another; `--table` writes the README's table. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/setup/command.mjs';
import type { BenchQuestion, BenchRow } from './harness/row.ts';
import { withTable } from './table.ts';

const QUESTIONS = join(import.meta.dirname, 'questions');
const names = readdirSync(QUESTIONS).filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts')).sort();

const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string' }, table: { type: 'boolean' } } });
const chosen = values.only?.split(',') ?? names;
const unknown = chosen.filter((name) => !names.includes(name));

if (values.table) {
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), join(import.meta.dirname, 'results')));
} else if (unknown.length > 0) {
  console.error(`No such question: ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exitCode = 1;
} else {
  try {
    await answer(chosen);
    // tfjs keeps handles that would keep this process alive; PyTorch's and Chromium's processes are closed by now.
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

async function answer(questions: readonly string[]): Promise<void> {
  const rows: BenchRow[] = [];
  for (const name of questions) {
    const { question, run } = (await import(pathToFileURL(join(QUESTIONS, `${name}.ts`)).href)) as BenchQuestion;
    console.log(`\n${name}: ${question}`);
    const answer = await run();
    if ('unanswered' in answer) {
      console.log(`  not here: ${answer.unanswered}`);
      continue;
    }
    for await (const row of answer) {
      rows.push(row);
      if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
      console.log(`  ${row.met ? 'met   ' : 'missed'} ratio ${row.ratio.toFixed(2)} (aim ${row.aim}): ours ${row.ours.toFixed(1)}, theirs ${row.theirs.toFixed(1)} ${row.unit}`);
      console.log(`         against ${row.peer}; on ${row.adapter}`);
    }
  }
}
