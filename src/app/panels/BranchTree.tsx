/** Stored runs that branched, as a tree over tasks: each line is a run, leaving the one it was branched from. */
import { useRef } from 'react';
import type { RunSummary } from '../../core/protocol.ts';
import { useWidth } from '../charts/use-size.ts';
import { formatPercent } from '../format.ts';
import { useApp } from '../lab-context.ts';
import { runName } from '../state/story.ts';
import { texts } from '../texts.ts';
import { families } from './run-order.ts';

const t = texts.runs;
const ROW = 30;
const TOP = 24;
const NAME = 220;
const LEFT = 12;

export function BranchTree({ runs }: { readonly runs: readonly RunSummary[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const currentId = useApp((state) => state.lab.runId);
  const rows = families(runs);
  const tasks = Math.max(1, ...rows.map(({ config }) => config.tasks));
  const x = (finished: number): number => LEFT + ((width - NAME - LEFT) * finished) / tasks;
  const y = (row: number): number => TOP + ROW * (row + 0.5);
  const rowOf = new Map(rows.map((run, row) => [run.id, row]));
  return (
    <div ref={box} hidden={rows.length === 0}>
      {rows.length > 0 && <h3>{t.tree}</h3>}
      {rows.length > 0 && width > 0 && (
        <svg className="branch-tree" width={width} height={TOP + ROW * rows.length} role="img" aria-label={rows.map((run) => described(run, rows)).join('; ')}>
          {Array.from({ length: tasks + 1 }, (_, finished) => (
            <g key={finished}>
              <line className="grid-line" x1={x(finished)} x2={x(finished)} y1={TOP - 4} y2={TOP + ROW * rows.length} />
              {finished > 0 && <text className="tick" x={x(finished - 0.5)} y={12} textAnchor="middle">{texts.task(finished - 1)}</text>}
            </g>
          ))}
          {rows.map((run, row) => {
            const origin = run.parent === null ? undefined : rowOf.get(run.parent.runId);
            const from = run.parent !== null && origin !== undefined ? run.parent.afterTask : 0;
            const d = origin === undefined
              ? `M${x(0)} ${y(row)}H${x(run.finishedTasks)}`
              : `M${x(from)} ${y(origin)}C${x(from) + 18} ${y(origin)} ${x(from)} ${y(row)} ${x(from) + 18} ${y(row)}H${Math.max(x(from) + 18, x(run.finishedTasks))}`;
            return (
              <g key={run.id} className="branch" data-current={run.id === currentId || undefined}>
                <path d={d} />
                {Array.from({ length: run.finishedTasks - from }, (_, k) => <circle key={k} cx={x(from + k + 1)} cy={y(row)} r={3.5} />)}
                <text x={width - NAME + 14} y={y(row) + 4}>{`${runName(run)} · ${formatPercent(run.metrics.averageAccuracy)}`}</text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

function described(run: RunSummary, rows: readonly RunSummary[]): string {
  const parent = rows.find(({ id }) => id === run.parent?.runId);
  return run.parent === null ? runName(run) : `${runName(run)}, ${t.branchedFrom(parent ? runName(parent) : null, run.parent.afterTask)}`;
}
