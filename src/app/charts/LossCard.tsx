/** The two terms of the objective, apart: cross-entropy on the new task, and the penalty that holds important weights. */
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import type { RunHistory } from '../../core/protocol.ts';
import { formatNumber, formatTick, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { finishedTasks } from '../state/lab-state.ts';
import { lastIndexAtMost } from '../state/series-store.ts';
import type { SeriesStore } from '../state/series-store.ts';
import { protects } from '../state/story.ts';
import { texts } from '../texts.ts';
import { ChartCard } from './ChartCard.tsx';
import type { Readout } from './Curves.tsx';
import { LossTable } from './LossTable.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { StepChart } from './StepChart.tsx';
import { lossTable } from './chart-data.ts';
import type { Line } from './line-painter.ts';
import { OVERLAY_DASHES } from './palette.ts';
import { logAxis, niceCeil, niceTicks } from './run-shape.ts';
import type { RunShape } from './run-shape.ts';
import { GrowingAverage, smooth } from './sampling.ts';
import { useRunShape } from './use-run-shape.ts';

const t = texts.charts;
const SMOOTHING = 0.8;
type Term = 'loss' | 'penalty';

export function LossCard() {
  const lab = useLab();
  const shape = useRunShape();
  const [smoothing, setSmoothing] = useState(true);
  const [log, setLog] = useState(false);
  const [asTable, setAsTable] = useState(false);
  // Of a run that has passed its first task and pulls at nothing, no penalty will come.
  const unprotected = useApp((state) => state.lab.runConfig !== null && !protects(state.lab.runConfig) && finishedTasks(state.lab) > 0);
  const tools = (
    <>
      <button type="button" className="quiet small" aria-pressed={smoothing} onClick={() => setSmoothing(!smoothing)}>{t.smoothing}</button>
      <button type="button" className="quiet small" aria-pressed={log} onClick={() => setLog(!log)}>{t.logScale}</button>
      <button type="button" className="quiet small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>{t.table}</button>
      <SaveMenu title={t.loss} caption={`${t.crossEntropy} (${t.nats}), ${t.penalty} ${t.penaltyFormula}`} fileName="loss" picture=".recharts-surface" table={() => lossTable(lab.series.points)} />
    </>
  );
  return (
    <ChartCard title={t.loss} hint={t.lossHint} className="card-loss" tools={tools}>
      {asTable ? <LossTable /> : <div className="split">
        <TermChart term="loss" title={t.crossEntropy} note={t.nats} help={t.natsHelp} shape={shape} smoothing={smoothing} log={log} empty={t.empty.loss} />
        <TermChart term="penalty" title={t.penalty} note={t.penaltyFormula} help={t.penaltyHelp} shape={shape} smoothing={false} log={log} empty={unprotected ? t.empty.noPenalty : t.empty.penalty} />
      </div>}
    </ChartCard>
  );
}

interface TermChartProps {
  readonly term: Term;
  readonly title: string;
  readonly note: string;
  /** What the note means. */
  readonly help: string;
  readonly shape: RunShape;
  readonly smoothing: boolean;
  readonly log: boolean;
  readonly empty: string;
}

function TermChart({ term, title, note, help, shape, smoothing, log, empty }: TermChartProps) {
  const lab = useLab();
  const subscribe = useCallback((listener: () => void) => lab.series.subscribe(listener), [lab]);
  const started = useSyncExternalStore(subscribe, () => lab.series.largest[term] > 0);
  const overlays = useApp((state) => state.overlays);
  const runId = useApp((state) => state.lab.runId);
  const ghosts = useMemo(
    () => overlays.filter((overlay) => overlay.summary.id !== runId).map((overlay, i) => ghostLine(overlay, i, term)),
    [overlays, runId, term],
  );
  const ghostly = useMemo(() => ghosts.reduce((most, { ys }) => ys.reduce((a, b) => Math.max(a, b), most), 0), [ghosts]);
  const smallest = useSyncExternalStore(subscribe, () => decade(lab.series.smallest[term]));
  const top = useSyncExternalStore(subscribe, () => niceCeil(Math.max(lab.series.largest[term], ghostly)));
  const { bottom, ticks } = useMemo(() => (log ? logAxis(smallest, top) : { bottom: 0, ticks: niceTicks(0, top, 3) }), [log, smallest, top]);
  const lookBack = useApp((state) => state.lookBack);
  const smoothed = useMemo(() => (smoothing ? new GrowingAverage(SMOOTHING) : null), [smoothing]);
  const lines = useCallback(() => [...ghosts, ...termLines(lab.series, term, smoothed, lookBack)], [lab, ghosts, term, smoothed, lookBack]);
  const due = useCallback(() => {
    const { turns, lab: { latest } } = lab.store.getState();
    return turns.seen.losses === latest;
  }, [lab]);
  const readout = useCallback(
    (step: number): Readout | null => {
      const { columns } = lab.series;
      const at = lastIndexAtMost(columns.step, step);
      if (at < 0) return null;
      const found = columns.step[at]!;
      return {
        step: found,
        title: `${t.step} ${formatWhole(found)}`,
        rows: [{ key: term, color: COLORS[term], label: title, value: formatNumber(columns[term][at]!) }],
      };
    },
    [lab, term, title],
  );
  const neighbour = useCallback(
    (step: number | null, direction: -1 | 1): number | null => {
      const { step: steps } = lab.series.columns;
      if (steps.length === 0) return null;
      const at = step === null ? (direction < 0 ? steps.length : -1) : lastIndexAtMost(steps, step);
      return steps[Math.min(steps.length - 1, Math.max(0, at + direction))]!;
    },
    [lab],
  );

  return (
    <figure className="term">
      <figcaption>
        <span className="swatch" style={{ background: COLORS[term] }} />
        {title} <span className="muted" title={help}>{note}</span>
      </figcaption>
      <StepChart
        label={title} height={170} xMax={shape.total} yMin={bottom} yMax={top} yTicks={ticks} formatY={formatTick} log={log}
        segments={shape.segments} marginRight={8} lines={lines} due={due} readout={readout} neighbour={neighbour}
        empty={started || ghosts.length > 0 ? null : empty}
      />
    </figure>
  );
}

/** The power of ten at or below a value: an axis that begins there changes rarely. */
function decade(value: number): number {
  return Number.isFinite(value) ? 10 ** Math.floor(Math.log10(value)) : value;
}

const COLORS: Readonly<Record<Term, string>> = { loss: 'var(--series-loss)', penalty: 'var(--series-penalty)' };

function termLines(series: SeriesStore, term: Term, smoothed: GrowingAverage | null, lookBack: number | null): Line[] {
  const { step: xs } = series.columns;
  const { revision } = series;
  const ys = series.columns[term];
  const count = lookBack === null ? ys.length : lastIndexAtMost(xs, lookBack) + 1;
  const base = { color: COLORS[term], dash: '', xs, count, revision, label: null, task: null, rings: [] };
  if (smoothed === null) return [{ ...base, key: term, width: 1.75, opacity: 1, ys }];
  return [
    { ...base, key: term, width: 1, opacity: 0.28, ys },
    { ...base, key: `${term}-smooth`, width: 2, opacity: 1, ys: smoothed.of(ys, revision) },
  ];
}

/** Another run's curve, smoothed and dashed, behind this run's. */
function ghostLine(overlay: RunHistory, index: number, term: Term): Line & { readonly ys: readonly number[] } {
  return {
    key: `${overlay.summary.id}-${term}`, color: COLORS[term], dash: OVERLAY_DASHES[index % OVERLAY_DASHES.length]!, width: 1.5, opacity: 0.6,
    xs: overlay.steps.map((point) => point.step), ys: smooth(overlay.steps.map((point) => point[term]), SMOOTHING), count: overlay.steps.length, revision: overlay,
    label: null, task: null, rings: [],
  };
}
