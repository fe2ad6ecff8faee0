/** Evaluations as curves: one per task, with a ring where the task was just learned. */
import type { EvaluationPoint } from '../../core/protocol.ts';
import { formatPercent } from '../format.ts';
import { texts } from '../texts.ts';
import type { Line } from './line-painter.ts';
import { taskColor, taskDash } from './palette.ts';

interface Style {
  /** Tells the curves of one run from those of another. */
  readonly run: string;
  readonly width: number;
  readonly opacity: number;
  readonly labelled: boolean;
  /** Overlays are dashed whatever the task's own dash is. */
  readonly dash: string | null;
}

/** One line per task that has been measured. Accuracies before a task's own training are left out: they are chance. */
export function accuracyLines(evaluations: readonly EvaluationPoint[], hidden: ReadonlySet<number>, style: Style): Line[] {
  const lines = new Map<number, { xs: number[]; ys: number[]; rings: number[] }>();
  for (const point of evaluations) {
    for (let task = 0; task < point.accuracy.length; task++) {
      const accuracy = point.accuracy[task];
      if (accuracy === null || accuracy === undefined || hidden.has(task) || task > point.task) continue;
      let line = lines.get(task);
      if (!line) lines.set(task, (line = { xs: [], ys: [], rings: [] }));
      if (point.full && point.task === task) line.rings.push(line.xs.length);
      line.xs.push(point.step);
      line.ys.push(accuracy);
    }
  }
  return [...lines].map(([task, { xs, ys, rings }]) => ({
    key: `${style.run}-${task}`,
    color: taskColor(task),
    dash: style.dash ?? taskDash(task),
    width: style.width,
    opacity: style.opacity,
    xs,
    ys,
    label: style.labelled ? `${texts.task(task)}  ${formatPercent(ys.at(-1) ?? null)}` : null,
    task,
    rings: style.labelled ? rings : [],
  }));
}
