/** Accuracies as curves: one per task, with a ring where the task was just learned. */
import { formatPercent } from '../format.ts';
import type { AccuracyCurves } from '../state/accuracy-curves.ts';
import { lastIndexAtMost } from '../state/series-store.ts';
import { texts } from '../texts.ts';
import type { Line } from './line-painter.ts';
import { taskColor, taskDash } from './palette.ts';

interface Style {
  /** Tells the curves of one run from those of another. */
  readonly run: string;
  readonly width: number;
  readonly opacity: number;
  /** The step whose values are written beside the curves; null for no labels, and no rings either. */
  readonly labelledAt: number | null;
  /** Overlays are dashed whatever the task's own dash is. */
  readonly dash: string | null;
}

/**
 * One line per task that has been measured.
 * @param until    the last step to show; null for all
 * @param revision of the curves, as {@link Line} has it
 */
export function accuracyLines(curves: AccuracyCurves, hidden: ReadonlySet<number>, until: number | null, revision: unknown, style: Style): Line[] {
  const lines: Line[] = [];
  for (const [task, { steps, values, learned }] of curves.entries) {
    if (hidden.has(task)) continue;
    const count = until === null ? steps.length : lastIndexAtMost(steps, until) + 1;
    if (count === 0) continue;
    lines.push({
      key: `${style.run}-${task}`,
      color: taskColor(task),
      dash: style.dash ?? taskDash(task),
      width: style.width,
      opacity: style.opacity,
      xs: steps,
      ys: values,
      count,
      revision,
      label: style.labelledAt === null ? null : labelOf(task, values, Math.min(count - 1, lastIndexAtMost(steps, style.labelledAt))),
      task,
      rings: style.labelledAt === null ? [] : learned.filter((index) => index < count),
    });
  }
  return lines;
}

function labelOf(task: number, values: readonly number[], at: number): Line['label'] {
  return at < 0 ? null : { text: `${texts.task(task)}  ${formatPercent(values[at]!)}`, at };
}
