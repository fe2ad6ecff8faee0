/** Orders of stored runs. Pure. */
import type { RunSummary } from '../../core/protocol.ts';

export const RUN_ORDERS = ['accuracy', 'forgetting', 'newest', 'branches'] as const;
export type RunOrder = (typeof RUN_ORDERS)[number];

export interface OrderedRun {
  readonly run: RunSummary;
  /** Steps from the root of its tree; 0 unless ordered by branches. */
  readonly depth: number;
}

/** Best first; runs without a value last. By branches: each run under the one it was branched from, oldest first. */
export function orderRuns(runs: readonly RunSummary[], order: RunOrder): readonly OrderedRun[] {
  const flat = (sorted: readonly RunSummary[]): OrderedRun[] => sorted.map((run) => ({ run, depth: 0 }));
  switch (order) {
    case 'accuracy':
      return flat(runs.toSorted((a, b) => (b.metrics.averageAccuracy ?? -1) - (a.metrics.averageAccuracy ?? -1)));
    case 'forgetting':
      return flat(runs.toSorted((a, b) => (a.metrics.averageForgetting ?? Infinity) - (b.metrics.averageForgetting ?? Infinity)));
    case 'newest':
      return flat(runs.toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt)));
    case 'branches':
      return tree(runs.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)));
  }
}

/** Runs that were branched or branched from, each under its origin. */
export function families(runs: readonly RunSummary[]): readonly RunSummary[] {
  const ids = new Set(runs.map((run) => run.id));
  const origins = new Set(runs.flatMap((run) => (run.parent !== null && ids.has(run.parent.runId) ? [run.parent.runId] : [])));
  return orderRuns(runs, 'branches').flatMap(({ run, depth }) => (depth > 0 || origins.has(run.id) ? [run] : []));
}

function tree(runs: readonly RunSummary[]): OrderedRun[] {
  const ids = new Set(runs.map((run) => run.id));
  const out: OrderedRun[] = [];
  const visit = (run: RunSummary, depth: number): void => {
    out.push({ run, depth });
    for (const child of runs) if (child.parent?.runId === run.id) visit(child, depth + 1);
  };
  // A run whose origin was deleted is a root again.
  for (const run of runs) if (run.parent === null || !ids.has(run.parent.runId)) visit(run, 0);
  return out;
}

/** Whether a run's name, note, method or dataset holds the words looked for. */
export function matchesFilter(run: RunSummary, filter: string): boolean {
  const text = `${run.name} ${run.note} ${run.config.method} ${run.config.dataset} ${run.config.model}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
