/** Axes and grid of a chart over training steps, drawn by recharts; in a chunk of its own, as recharts is large. */
import { memo, useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { CartesianGrid, LineChart, XAxis, YAxis, usePlotArea } from 'recharts';
import { formatTick } from '../format.ts';
import { texts } from '../texts.ts';
import { taskColor } from './palette.ts';
import type { Frame } from './frame.ts';
import type { Segment } from './run-shape.ts';
import { stepTicks } from './run-shape.ts';

/** The size is that of the whole chart; what the plot's edges mean is the frame's. */
export interface StepFrameProps extends Pick<Frame, 'width' | 'height' | 'xMin' | 'xMax' | 'yMin' | 'yMax' | 'log'> {
  readonly yTicks: readonly number[];
  readonly formatY: (value: number) => string;
  readonly segments: readonly Segment[];
  /** Room right of the plot for labels of finished curves. */
  readonly marginRight: number;
  /** Draws inside the plot, given where it is. */
  readonly children: (frame: Frame) => ReactNode;
}

const TICK = { fontSize: 11, fill: 'var(--text-3)' } as const;
export const FRAME_MARGIN = { top: 10, left: 0, bottom: 0 } as const;
export const Y_AXIS_WIDTH = 38;
export const X_AXIS_HEIGHT = 30;
/** Of the numbers along the axis, below the plot. */
const AXIS_BASELINE = 26;

export const StepFrame = memo(function StepFrame(props: StepFrameProps) {
  const { width, height, xMin, xMax, yMin, yMax, yTicks, formatY, log, segments, marginRight, children } = props;
  return (
    <LineChart
      width={width}
      height={height}
      margin={{ ...FRAME_MARGIN, right: marginRight }}
      data={[{ x: xMin, y: yMin }, { x: xMax, y: yMax }]}
      accessibilityLayer={false}
    >
      <CartesianGrid vertical={false} stroke="var(--grid)" />
      <XAxis
        type="number" dataKey="x" domain={[xMin, xMax]} ticks={stepTicks(xMin, xMax, Math.max(2, Math.floor(width / 110)))} allowDataOverflow
        tickFormatter={(value: number) => formatTick(value)} tick={TICK} tickLine={false} axisLine={false} height={X_AXIS_HEIGHT} tickMargin={12} interval="preserveStartEnd"
      />
      <YAxis
        type="number" dataKey="y" domain={[yMin, yMax]} ticks={[...yTicks]} allowDataOverflow scale={log ? 'log' : 'linear'}
        tickFormatter={(value: number) => formatY(value)} tick={TICK} tickLine={false} axisLine={false} width={Y_AXIS_WIDTH} tickMargin={4} interval={0}
      />
      <Plot xMin={xMin} xMax={xMax} yMin={yMin} yMax={yMax} log={log} segments={segments}>{children}</Plot>
    </LineChart>
  );
});

type PlotProps = Pick<StepFrameProps, 'xMin' | 'xMax' | 'yMin' | 'yMax' | 'log' | 'segments' | 'children'>;

/** Task boundaries, the strip of task colours under the axis, and whatever the chart draws inside. */
function Plot({ xMin, xMax, yMin, yMax, log, segments, children }: PlotProps) {
  const area = usePlotArea();
  const group = useRef<SVGGElement>(null);
  // recharts draws its grid through a React portal, whose listeners make Chromium take the group around it for a stop of the Tab key.
  useEffect(() => group.current?.ownerSVGElement?.querySelectorAll('[class^="recharts-zIndex-layer"]').forEach((layer) => layer.setAttribute('tabindex', '-1')));
  if (!area) return null;
  const inside = (step: number): number => Math.min(xMax, Math.max(xMin, step));
  const at = (step: number): number => area.x + (area.width * (inside(step) - xMin)) / (xMax - xMin);
  const base = area.y + area.height;
  return (
    <g ref={group}>
      <text className="tick" x={area.x - 14} y={base + AXIS_BASELINE} textAnchor="end">{texts.charts.step}</text>
      {segments.filter((segment) => segment.end > xMin && segment.start < xMax).map((segment) => (
        <g key={segment.task}>
          {segment.start > xMin && <line className="boundary" x1={at(segment.start)} x2={at(segment.start)} y1={area.y} y2={base} />}
          <rect
            x={at(segment.start) + 1} y={base + 3} height={3} rx={1.5} style={{ fill: taskColor(segment.task) }}
            width={Math.max(1, at(segment.end) - at(segment.start) - 2)}
          />
        </g>
      ))}
      {children({ x: area.x, y: area.y, width: area.width, height: area.height, xMin, xMax, yMin, yMax, log })}
    </g>
  );
}
