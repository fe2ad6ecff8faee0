/**
 * A live chart over training steps: frame by recharts, curves by a {@link LinePainter}, crosshair and readout linked with
 * every other chart. The pointer or, with focus, the arrow keys move the crosshair.
 */
import { Suspense, lazy, useCallback, useEffect, useId, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { LinePainter, xOf } from './line-painter.ts';
import type { Frame, Line } from './line-painter.ts';
import type { Segment } from './run-shape.ts';
import { useWidth } from './use-size.ts';

const StepFrame = lazy(async () => ({ default: (await import('./StepFrame.tsx')).StepFrame }));

export interface ReadoutRow {
  readonly key: string;
  readonly color: string;
  readonly label: string;
  readonly value: string;
}

export interface Readout {
  /** Where the values are from; the crosshair snaps to it. */
  readonly step: number;
  readonly title: string;
  readonly rows: readonly ReadoutRow[];
}

export interface StepChartProps {
  readonly label: string;
  readonly height: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly yTicks: readonly number[];
  readonly formatY: (value: number) => string;
  readonly log?: boolean;
  readonly segments: readonly Segment[];
  readonly marginRight: number;
  /** Curves as they are now; called at each repaint. */
  readonly lines: () => readonly Line[];
  /** Values nearest to a step; null where there are none. */
  readonly readout: (step: number) => Readout | null;
  /** The step that an arrow key moves to. */
  readonly neighbour: (step: number | null, direction: -1 | 1) => number | null;
  /** Said in the plot while there is nothing to draw. */
  readonly empty: ReactNode;
}

export function StepChart(props: StepChartProps) {
  const { label, height, empty, readout, neighbour } = props;
  const lab = useLab();
  const box = useRef<HTMLDivElement>(null);
  const frame = useRef<Frame | null>(null);
  const width = useWidth(box);
  const helpId = useId();
  const [focused, setFocused] = useState(false);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const place = frame.current;
    if (!place || !box.current) return;
    const x = event.clientX - box.current.getBoundingClientRect().left;
    const inside = x >= place.x - 8 && x <= place.x + place.width + 8;
    lab.hover.set({ step: inside ? Math.round(Math.min(1, Math.max(0, (x - place.x) / place.width)) * place.xMax) : null });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'Escape') lab.hover.set({ step: null });
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const next = neighbour(lab.hover.get().step, event.key === 'ArrowLeft' ? -1 : 1);
    if (next !== null) lab.hover.set({ step: next });
  };

  return (
    <div
      ref={box} className="step-chart" style={{ height }} role="group" aria-roledescription="chart" aria-label={label} aria-describedby={helpId}
      tabIndex={0} onPointerMove={onPointerMove} onPointerLeave={() => lab.hover.set({ step: null })} onKeyDown={onKeyDown}
      onFocus={() => setFocused(true)}
      onBlur={() => {
        setFocused(false);
        lab.hover.set({ step: null });
      }}
    >
      <span id={helpId} hidden>{texts.charts.readKeys}</span>
      {width > 0 && (
        <Suspense fallback={<div className="chart-ghost" />}>
          <StepFrame
            width={width} height={height} xMax={props.xMax} yMin={props.yMin} yMax={props.yMax} yTicks={props.yTicks} formatY={props.formatY}
            log={props.log ?? false} segments={props.segments} marginRight={props.marginRight}
          >
            {(place): ReactNode => <Curves frame={place} lines={props.lines} readout={readout} onFrame={frame} />}
          </StepFrame>
        </Suspense>
      )}
      {empty !== null && <div className="chart-empty">{empty}</div>}
      <ReadoutBox readout={readout} frame={frame} spoken={focused} />
    </div>
  );
}

interface CurvesProps {
  readonly frame: Frame;
  readonly lines: () => readonly Line[];
  readonly readout: (step: number) => Readout | null;
  readonly onFrame: { current: Frame | null };
}

/** The group that the painter owns, repainted when curves grow, when the frame changes, and when another task is pointed at. */
function Curves({ frame, lines, readout, onFrame }: CurvesProps) {
  const lab = useLab();
  const group = useRef<SVGGElement>(null);
  const cross = useRef<SVGLineElement>(null);
  const painter = useRef<LinePainter | null>(null);

  const paint = useCallback(() => {
    painter.current?.paint(lines(), frame, lab.hover.get().task);
  }, [lines, frame, lab]);

  useLayoutEffect(() => {
    onFrame.current = frame;
    if (group.current && !painter.current) painter.current = new LinePainter(group.current);
    paint();
  }, [paint, frame, onFrame]);

  useEffect(() => lab.series.subscribe(paint), [lab, paint]);
  useEffect(() => {
    let hotTask = lab.hover.get().task;
    const move = (): void => {
      const { step, task } = lab.hover.get();
      const found = step === null ? null : readout(step);
      const line = cross.current;
      if (line) {
        line.setAttribute('visibility', found ? 'visible' : 'hidden');
        if (found) {
          const x = xOf(frame, found.step).toFixed(1);
          line.setAttribute('x1', x);
          line.setAttribute('x2', x);
        }
      }
      if (task !== hotTask) {
        hotTask = task;
        paint();
      }
    };
    move();
    return lab.hover.subscribe(move);
  }, [lab, frame, readout, paint]);

  return (
    <>
      <line ref={cross} className="crosshair" y1={frame.y} y2={frame.y + frame.height} visibility="hidden" />
      <g ref={group} />
    </>
  );
}

interface ReadoutBoxProps {
  readonly readout: (step: number) => Readout | null;
  readonly frame: { readonly current: Frame | null };
  /** Whether values are also said to screen readers: only on the chart that has the focus. */
  readonly spoken: boolean;
}

function ReadoutBox({ readout, frame, spoken }: ReadoutBoxProps) {
  const lab = useLab();
  const step = useSyncExternalStore(
    useCallback((listener) => lab.hover.subscribe(listener), [lab]),
    () => lab.hover.get().step,
  );
  const found = step === null ? null : readout(step);
  const place = frame.current;
  return (
    <>
      <div className="visually-hidden" aria-live="polite">
        {spoken && found ? `${found.title}: ${found.rows.map((row) => `${row.label} ${row.value}`).join(', ')}` : ''}
      </div>
      {found && place && (
        <div
          className="readout" aria-hidden="true" data-side={found.step > place.xMax / 2 ? 'left' : 'right'}
          style={{ left: xOf(place, found.step), top: place.y }}
        >
          <div className="readout-title">{found.title}</div>
          {found.rows.map((row) => (
            <div key={row.key} className="readout-row">
              <span className="swatch" style={{ background: row.color }} />
              <span>{row.label}</span>
              <b>{row.value}</b>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
