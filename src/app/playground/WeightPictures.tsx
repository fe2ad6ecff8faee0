/** A weight's last step as arrows, and its way over the steps before. */
import { useRef } from 'react';
import type { WeightUpdate } from '../../core/watched-weight.ts';
import { taskColor } from '../charts/palette.ts';
import { useWidth } from '../charts/use-size.ts';
import { formatFine, formatWhole } from '../format.ts';
import { texts } from '../texts.ts';
import { partsOf } from './update-parts.ts';

const t = texts.playground;
const NAME = 92;
const VALUE = 104;
const ROW = 24;
const TOP = 8;

/** One arrow for each cause, end to end, and one for the whole step. */
export function StepArrows({ update }: { readonly update: WeightUpdate }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const parts = partsOf(update);
  const causes = (['loss', 'momentum', 'decay', 'pull'] as const).filter((key) => key === 'loss' || parts[key] !== 0);
  let at = update.theta;
  const arrows = causes.map((key) => {
    const from = at;
    at += parts[key];
    return { key, from, to: at };
  });
  const rows = [...arrows, { key: 'sum' as const, from: update.theta, to: update.thetaAfter }];
  const ends = rows.flatMap(({ from, to }) => [from, to]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  // θ* is drawn where that leaves the arrows readable, else only said.
  const span = Math.max(high - low, 1e-12);
  const anchorShown = update.anchor !== null && Math.max(high, update.anchor) - Math.min(low, update.anchor) <= 6 * span;
  const [min, max] = anchorShown && update.anchor !== null ? [Math.min(low, update.anchor), Math.max(high, update.anchor)] : [low, high];
  const x = (value: number): number => NAME + ((width - NAME - VALUE) * (value - min)) / Math.max(max - min, 1e-12);
  const together = anchorShown && update.anchor !== null && Math.abs(x(update.anchor) - x(update.theta)) < 14;
  const height = TOP + ROW * rows.length + 20;
  return (
    <div ref={box}>
      <h3>{t.parts}</h3>
      {width > 0 && (
        <svg className="step-arrows" width={width} height={height} role="img" aria-label={rows.map(({ key, from, to }) => `${t.partsOf[key]} ${formatFine(to - from)}`).join(', ')}>
          {anchorShown && update.anchor !== null && (
            <>
              <line className="anchor-line" x1={x(update.anchor)} x2={x(update.anchor)} y1={TOP - 4} y2={height - 18} />
              {!together && <text className="tick" x={x(update.anchor)} y={height - 5} textAnchor="middle">θ*</text>}
            </>
          )}
          <line className="grid-line" x1={x(update.theta)} x2={x(update.theta)} y1={TOP - 4} y2={height - 18} />
          <text className="tick" x={x(update.theta)} y={height - 5} textAnchor="middle">{together ? 'θ, θ*' : 'θ'}</text>
          {rows.map(({ key, from, to }, index) => {
            const y = TOP + ROW * (index + 0.5);
            return (
              <g key={key} data-cause={key} className="cause">
                <text className="cause-name" x={0} y={y + 4}>{t.partsOf[key]}</text>
                <line x1={x(from)} x2={x(to)} y1={y} y2={y} />
                <path d={arrowHead(x(from), x(to), y)} />
                <text className="cause-value" x={width} y={y + 4} textAnchor="end">{formatFine(to - from)}</text>
              </g>
            );
          })}
        </svg>
      )}
      {update.anchor !== null && !anchorShown && <p className="card-hint">{t.anchorAway(formatFine(Math.abs(update.anchor - update.thetaAfter)))}</p>}
    </div>
  );
}

function arrowHead(from: number, to: number, y: number): string {
  if (Math.abs(to - from) < 0.5) return `M${to.toFixed(1)} ${y - 4}v8`;
  const back = to > from ? -5 : 5;
  return `M${(to + back).toFixed(1)} ${y - 4}L${to.toFixed(1)} ${y}L${(to + back).toFixed(1)} ${y + 4}`;
}

const TRAIL_HEIGHT = 120;
const SIDE = 8;

/** θ after each step that was watched, in the colour of the task that trained it, with θ* where there is one. */
export function Trail({ updates }: { readonly updates: readonly WeightUpdate[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const first = updates[0];
  const last = updates.at(-1);
  if (!first || !last) return <div ref={box} />;
  const values = updates.flatMap((update) => [update.theta, update.thetaAfter, ...(update.anchor === null ? [] : [update.anchor])]);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const [start, end] = [first.step - 1, last.step];
  const x = (step: number): number => SIDE + ((width - 2 * SIDE) * (step - start)) / Math.max(1, end - start);
  const y = (value: number): number => 10 + (TRAIL_HEIGHT - 34) * (1 - (value - min) / Math.max(max - min, 1e-12));
  const tasks = [...new Set(updates.map(({ task }) => task))].map((task) => updates.filter((update) => update.task === task));
  return (
    <div ref={box}>
      <h3>{t.trail}</h3>
      {width > 0 && (
        <svg className="weight-trail" width={width} height={TRAIL_HEIGHT} role="img" aria-label={t.trailOf(formatWhole(updates.length), formatFine(first.theta), formatFine(last.thetaAfter))}>
          {tasks.map((steps) => <TaskTrail key={steps[0]!.task} steps={steps} x={x} y={y} />)}
          <circle cx={x(last.step)} cy={y(last.thetaAfter)} r={3.5} style={{ fill: taskColor(last.task) }} />
          <text className="tick" x={SIDE} y={TRAIL_HEIGHT - 4}>{formatWhole(start)}</text>
          <text className="tick" x={width - SIDE} y={TRAIL_HEIGHT - 4} textAnchor="end">{t.atStep(formatWhole(end))}</text>
        </svg>
      )}
    </div>
  );
}

function TaskTrail({ steps, x, y }: { readonly steps: readonly WeightUpdate[]; readonly x: (step: number) => number; readonly y: (value: number) => number }) {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const way = steps.map((update) => `L${x(update.step).toFixed(1)} ${y(update.thetaAfter).toFixed(1)}`).join('');
  return (
    <g>
      {first.anchor !== null && <line className="anchor-line" x1={x(first.step - 1)} x2={x(last.step)} y1={y(first.anchor)} y2={y(first.anchor)} />}
      <path className="curve" strokeWidth={1.75} style={{ stroke: taskColor(first.task) }} d={`M${x(first.step - 1).toFixed(1)} ${y(first.theta).toFixed(1)}${way}`} />
    </g>
  );
}
