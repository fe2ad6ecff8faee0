/**
 * A live chart over training steps: frame by recharts, curves by a {@link LinePainter}, crosshair and readout linked with
 * every other chart. The pointer or, with focus, the arrow keys move the crosshair.
 */
import { Suspense, lazy, useCallback, useDeferredValue, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { isPlanned } from '../state/app-state.ts';
import { texts } from '../texts.ts';
import { Curves, CurvesContext } from './Curves.tsx';
import type { Readout } from './Curves.tsx';
import { xOf } from './frame.ts';
import type { Frame } from './frame.ts';
import type { Line } from './line-painter.ts';
import type { Segment } from './run-shape.ts';
import { useWidth } from './use-size.ts';

const StepFrame = lazy(async () => ({ default: (await import('./StepFrame.tsx')).StepFrame }));

/** One function for all charts, so that the memoised frame sees it unchanged. */
const renderCurves = (frame: Frame): ReactNode => <Curves frame={frame} />;

const always = (): boolean => true;

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
  /** Whether curves that grew are to be painted at this repaint. */
  readonly due?: () => boolean;
  /** Values nearest to a step; null where there are none. */
  readonly readout: (step: number) => Readout | null;
  /** The step that an arrow key moves to. */
  readonly neighbour: (step: number | null, direction: -1 | 1) => number | null;
  /** Takes the pointer's path as a curve instead of zooming: values at the last and at this point of it. */
  readonly onDraw?: ((from: { step: number; value: number } | null, to: { step: number; value: number }) => void) | null;
  /** Said in the plot while there is nothing to draw. */
  readonly empty: ReactNode;
}

export function StepChart(props: StepChartProps) {
  const { label, height, empty, readout, neighbour, due = always } = props;
  const lab = useLab();
  const box = useRef<HTMLDivElement>(null);
  const frame = useRef<Frame | null>(null);
  const source = useMemo(() => ({ lines: props.lines, readout, due, onFrame: frame }), [props.lines, readout, due]);
  const width = useWidth(box);
  const helpId = useId();
  const [focused, setFocused] = useState(false);

  const zoom = useApp((state) => state.zoom);
  const xMin = zoom ? Math.min(zoom.from, props.xMax - 1) : 0;
  const xMax = zoom ? Math.min(zoom.to, props.xMax) : props.xMax;
  const { yMin, yMax, yTicks, formatY, segments, marginRight, log = false } = props;
  const wanted = useMemo(
    () => ({ width, height, xMin, xMax, yMin, yMax, yTicks, formatY, log, segments, marginRight }),
    [width, height, xMin, xMax, yMin, yMax, yTicks, formatY, log, segments, marginRight],
  );
  // A frame is dear. It follows a moment later, so that what else a click or an event of the worker changes does not wait for three of them.
  const shown = useDeferredValue(wanted);
  const ready = useDeferredValue(useApp(isPlanned), false);
  const drawn = useRef<{ step: number; value: number } | null>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);

  /** Step under the pointer; null beside the plot. */
  const stepAt = (event: PointerEvent<HTMLDivElement>): number | null => {
    const place = frame.current;
    if (!place || !box.current) return null;
    const x = event.clientX - box.current.getBoundingClientRect().left;
    if (x < place.x - 8 || x > place.x + place.width + 8) return null;
    const share = Math.min(1, Math.max(0, (x - place.x) / place.width));
    return Math.round(place.xMin + share * (place.xMax - place.xMin));
  };
  const draw = (event: PointerEvent<HTMLDivElement>, step: number): void => {
    const place = frame.current;
    if (!place || !box.current || !props.onDraw) return;
    const y = event.clientY - box.current.getBoundingClientRect().top;
    const share = 1 - Math.min(1, Math.max(0, (y - place.y) / place.height));
    const to = { step, value: place.yMin + share * (place.yMax - place.yMin) };
    props.onDraw(drawn.current, to);
    drawn.current = to;
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const step = stepAt(event);
    if (props.onDraw && step !== null && event.button === 0) {
      drawn.current = null;
      event.currentTarget.setPointerCapture(event.pointerId);
      draw(event, step);
      return;
    }
    // Touch scrolls the page; only a mouse or a pen draws a range.
    if (step !== null && event.button === 0 && event.pointerType !== 'touch') setDrag({ from: step, to: step });
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const step = stepAt(event);
    lab.hover.set({ step });
    if (props.onDraw && step !== null && event.currentTarget.hasPointerCapture(event.pointerId)) draw(event, step);
    if (drag && step !== null) setDrag({ ...drag, to: step });
  };
  const onPointerUp = (): void => {
    setDrag(null);
    if (!drag) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    if (to - from >= (xMax - xMin) * 0.02 && to - from >= 2) lab.zoomTo({ from, to });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'Escape') lab.hover.set({ step: null });
    if (event.key === '+' || event.key === '-') {
      const middle = lab.hover.get().step ?? (xMin + xMax) / 2;
      const half = ((xMax - xMin) / 2) * (event.key === '+' ? 0.5 : 2);
      const [from, to] = [Math.max(0, Math.round(middle - half)), Math.min(props.xMax, Math.round(middle + half))];
      lab.zoomTo(from === 0 && to === props.xMax ? null : { from, to: Math.max(to, from + 2) });
    }
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const next = neighbour(lab.hover.get().step, event.key === 'ArrowLeft' ? -1 : 1);
    if (next !== null) lab.hover.set({ step: next });
  };

  return (
    <div
      ref={box} className="step-chart" style={{ height }} role="group" aria-roledescription="chart" aria-label={label} aria-describedby={helpId}
      tabIndex={0} onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={onPointerUp} onDoubleClick={() => lab.zoomTo(null)}
      onPointerLeave={() => {
        setDrag(null);
        lab.hover.set({ step: null });
      }}
      onKeyDown={onKeyDown}
      onFocus={() => setFocused(true)}
      onBlur={() => {
        setFocused(false);
        lab.hover.set({ step: null });
      }}
    >
      <span id={helpId} hidden>{texts.charts.readKeys}</span>
      {width > 0 && (
        <CurvesContext value={source}>
          <Suspense fallback={<div className="chart-ghost" />}>
            {ready ? <StepFrame {...shown}>{renderCurves}</StepFrame> : <div className="chart-ghost" />}
          </Suspense>
        </CurvesContext>
      )}
      {drag && frame.current && drag.from !== drag.to && (
        <div
          className="zoom-range"
          style={{ left: xOf(frame.current, Math.min(drag.from, drag.to)), width: Math.abs(xOf(frame.current, drag.to) - xOf(frame.current, drag.from)), top: frame.current.y, height: frame.current.height }}
        />
      )}
      {empty !== null && <div className="chart-empty">{empty}</div>}
      <ReadoutBox readout={readout} frame={frame} spoken={focused} />
    </div>
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
  const near = step === null ? null : readout(step);
  const found = near && frame.current && near.step >= frame.current.xMin && near.step <= frame.current.xMax ? near : null;
  const place = frame.current;
  return (
    <>
      <div className="visually-hidden" aria-live="polite">
        {spoken && found ? `${found.title}: ${found.rows.map((row) => `${row.label} ${row.value}`).join(', ')}` : ''}
      </div>
      {found && place && (
        <div
          className="readout" aria-hidden="true" data-side={found.step > (place.xMin + place.xMax) / 2 ? 'left' : 'right'}
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
