/** Average accuracy of each method while it trains, with its 95 % band over seeds; pointing at it reads the values. */
import { useState } from 'react';
import type { ComparedRun } from '../../../core/comparison.ts';
import { comparisonCurves, type CurvePoint, type MethodCurve } from '../../../core/comparison-curves.ts';
import type { MethodId } from '../../../core/config.ts';
import { SaveMenu } from '../../charts/SaveMenu.tsx';
import { formatNumber, formatPercent } from '../../format.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';
import { formatEstimate } from './ComparisonTable.tsx';
import { methodColor, methodDash } from './method-look.ts';

const t = texts.compare;
const WIDTH = 840;
const HEIGHT = 300;
const LEFT = 44;
const RIGHT = 124;
const TOP = 10;
const BOTTOM = 40;
/** Between the names at the lines' ends. */
const LINE_HEIGHT = 15;

interface CurvesChartProps {
  readonly methods: readonly MethodId[];
  readonly runs: readonly ComparedRun[];
  readonly tasks: number;
}

export function CurvesChart({ methods, runs, tasks }: CurvesChartProps) {
  const all = comparisonCurves(methods, runs);
  const [hidden, setHidden] = useState<ReadonlySet<MethodId>>(new Set());
  const curves = all.filter(({ method }) => !hidden.has(method));
  const [at, setAt] = useState<number | null>(null);
  const positions = [...new Set(curves.flatMap(({ points }) => points.map((point) => point.at)))].toSorted((a, b) => a - b);
  const x = (value: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * value) / tasks;
  const nearest = (value: number): number | null =>
    positions.reduce<number | null>((best, position) => (best === null || Math.abs(position - value) < Math.abs(best - value) ? position : best), null);
  const toggle = (method: MethodId): void => {
    const next = new Set(hidden);
    if (!next.delete(method)) next.add(method);
    setHidden(next);
  };
  const move = (by: number): void => {
    const index = at === null ? (by > 0 ? 0 : positions.length - 1) : positions.indexOf(at) + by;
    setAt(positions[Math.min(positions.length - 1, Math.max(0, index))] ?? null);
  };
  return (
    <section>
      <div className="panel-line">
        <div className="panel-title"><h3>{t.curvesTitle}</h3><p className="card-hint">{t.curvesHint}</p></div>
        <SaveMenu
          title={t.curvesTitle} caption={t.curvesHint} fileName="mas-lab-method-curves" picture="svg.plain-chart"
          table={() => ({
            header: ['method', 'tasks_trained', 'average_accuracy', 'half95', 'seeds'],
            rows: all.flatMap(({ method, points }) => points.map((point) => [method, point.at, point.accuracy.mean, point.accuracy.half, point.accuracy.count])),
          })}
        />
      </div>
      {all.length > 1 && (
        <div className="legend" role="group" aria-label={t.curvesTitle}>
          {all.map(({ method }) => (
            <button key={method} type="button" className="legend-item" aria-pressed={!hidden.has(method)} onClick={() => toggle(method)}>
              <span className="swatch" style={{ background: methodColor(method) }} />{methodName(method)}
            </button>
          ))}
        </div>
      )}
      <div className="curves-scroll">
        <div
          className="curves" role="group" tabIndex={0} aria-label={`${t.curvesTitle}. ${t.readKeys}`}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
            event.preventDefault();
            move(event.key === 'ArrowRight' ? 1 : -1);
          }}
          onBlur={() => setAt(null)}
          onPointerLeave={() => setAt(null)}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const place = ((event.clientX - box.left) / box.width) * WIDTH;
            setAt(nearest(((place - LEFT) / (WIDTH - LEFT - RIGHT)) * tasks));
          }}
        >
          <svg className="plain-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.curvesTitle}>
            {[0, 0.25, 0.5, 0.75, 1].map((value) => (
              <g key={value}>
                <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} className="grid-line" />
                <text x={LEFT - 8} y={y(value) + 4} textAnchor="end" className="tick">{formatPercent(value)}</text>
              </g>
            ))}
            {Array.from({ length: tasks + 1 }, (_, task) => (
              <g key={task}>
                {task > 0 && task < tasks && <line x1={x(task)} x2={x(task)} y1={TOP} y2={HEIGHT - BOTTOM} className="boundary" />}
                <text x={x(task)} y={HEIGHT - BOTTOM + 16} textAnchor="middle" className="tick">{task}</text>
              </g>
            ))}
            <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle" className="tick">{t.curvesAxis}</text>
            {curves.map(({ method, points }) => <path key={method} d={bandPath(points, x)} style={{ fill: methodColor(method), opacity: 0.13 }} />)}
            {curves.map(({ method, points }) => (
              <path key={method} d={linePath(points, x)} className="curve" strokeWidth={2} strokeDasharray={methodDash(method) || undefined} style={{ stroke: methodColor(method) }} />
            ))}
            {endLabels(curves).map(({ method, top }) => (
              <text key={method} x={WIDTH - RIGHT + 8} y={top + 4} className="curve-label" style={{ fill: methodColor(method) }}>{methodName(method)}</text>
            ))}
            {at !== null && <line x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} className="crosshair" />}
          </svg>
          {at !== null && <Readout curves={curves} at={at} left={x(at) / WIDTH} />}
        </div>
      </div>
    </section>
  );
}

function Readout({ curves, at, left }: { readonly curves: readonly MethodCurve[]; readonly at: number; readonly left: number }) {
  const rows = curves.flatMap(({ method, points }) => {
    const point = points.find((candidate) => candidate.at === at);
    return point ? [{ method, accuracy: point.accuracy }] : [];
  });
  return (
    <div className="readout" data-side={left > 0.5 ? 'left' : undefined} style={{ left: `${100 * left}%`, top: 12 }} role="status">
      <p className="readout-title">{t.tasksTrained(formatNumber(at))}</p>
      {rows.toSorted((a, b) => b.accuracy.mean - a.accuracy.mean).map(({ method, accuracy }) => (
        <div key={method} className="readout-row">
          <span className="swatch" style={{ background: methodColor(method) }} />
          <span>{methodName(method)}</span>
          <b>{formatEstimate(accuracy, 'share')}</b>
        </div>
      ))}
    </div>
  );
}

function y(value: number): number {
  return TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(1, Math.max(0, value)));
}

function linePath(points: readonly CurvePoint[], x: (at: number) => number): string {
  return points.map(({ at, accuracy }, index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(accuracy.mean).toFixed(1)}`).join('');
}

/** Along the upper ends of the intervals and back along the lower ones; nothing for a single seed. */
function bandPath(points: readonly CurvePoint[], x: (at: number) => number): string {
  const edge = (sign: 1 | -1) => points.map(({ at, accuracy }) => `${x(at).toFixed(1)} ${y(accuracy.mean + sign * (accuracy.half ?? 0)).toFixed(1)}`);
  return points.every(({ accuracy }) => accuracy.half === null) ? '' : `M${[...edge(1), ...edge(-1).toReversed()].join('L')}Z`;
}

/** Names at the lines' ends, moved apart where lines end together. */
function endLabels(curves: readonly MethodCurve[]): readonly { readonly method: MethodId; readonly top: number }[] {
  const ends = curves
    .flatMap(({ method, points }) => {
      const last = points.at(-1);
      return last ? [{ method, top: y(last.accuracy.mean) }] : [];
    })
    .toSorted((a, b) => a.top - b.top);
  // Down from the top, then up from the bottom, so that all stay inside the chart.
  let above = TOP - LINE_HEIGHT;
  const down = ends.map(({ method, top }) => ({ method, top: (above = Math.max(top, above + LINE_HEIGHT)) }));
  let below = HEIGHT - BOTTOM + LINE_HEIGHT;
  return down.toReversed().map(({ method, top }) => ({ method, top: (below = Math.min(top, below - LINE_HEIGHT)) }));
}
