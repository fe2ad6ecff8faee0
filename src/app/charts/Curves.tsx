/** The part of a chart that moves: curves by a {@link LinePainter}, and the crosshair that all charts share. */
import { createContext, useCallback, useContext, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { useLab } from '../lab-context.ts';
import { xOf } from './frame.ts';
import type { Frame } from './frame.ts';
import { LinePainter } from './line-painter.ts';
import type { Line } from './line-painter.ts';

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

/**
 * What a chart's curves are drawn from. A context, so that new curves reach the group inside the frame without the frame,
 * which is dear, being rendered again.
 */
export interface CurvesSource {
  /** Curves as they are now; called at each repaint. */
  readonly lines: () => readonly Line[];
  /** Values nearest to a step; null where there are none. */
  readonly readout: (step: number) => Readout | null;
  /** Whether curves that grew are to be painted now; a chart that waits for its turn is asked again at the next repaint. */
  readonly due: () => boolean;
  /** Receives where the plot is. */
  readonly onFrame: { current: Frame | null };
}

export const CurvesContext = createContext<CurvesSource | null>(null);

/** The group that the painter owns, repainted when curves grow, when the frame changes, and when another task is pointed at. */
export function Curves({ frame }: { readonly frame: Frame }) {
  const lab = useLab();
  const source = useContext(CurvesContext);
  if (!source) throw new Error('Curves outside CurvesContext');
  const { lines, readout, due, onFrame } = source;
  const curves = useRef<SVGGElement>(null);
  const labels = useRef<SVGGElement>(null);
  const clipId = useId();
  const cross = useRef<SVGLineElement>(null);
  const painter = useRef<LinePainter | null>(null);

  const paint = useCallback(() => {
    painter.current?.paint(lines(), frame, lab.hover.get().task);
  }, [lines, frame, lab]);

  useLayoutEffect(() => {
    onFrame.current = frame;
    if (curves.current && labels.current && !painter.current) painter.current = new LinePainter(curves.current, labels.current);
    paint();
  }, [paint, frame, onFrame]);

  useEffect(() => lab.series.subscribe(() => {
    if (due()) paint();
  }), [lab, paint, due]);
  useEffect(() => {
    let hotTask = lab.hover.get().task;
    const move = (): void => {
      const { step, task } = lab.hover.get();
      const near = step === null ? null : readout(step);
      const found = near && near.step >= frame.xMin && near.step <= frame.xMax ? near : null;
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
      <clipPath id={clipId}><rect x={frame.x} y={frame.y - 4} width={frame.width} height={frame.height + 4} /></clipPath>
      <g ref={curves} clipPath={`url(#${clipId})`} />
      <g ref={labels} />
    </>
  );
}
