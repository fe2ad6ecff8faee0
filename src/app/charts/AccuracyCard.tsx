/** Accuracy of every task over the whole run: the chart in which forgetting is seen. */
import { useCallback, useMemo, useState } from 'react';
import { formatPercent, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { activeTask, finishedTasks } from '../state/lab-state.ts';
import { AccuracyCurves } from '../state/accuracy-curves.ts';
import { drawTo } from '../state/prediction.ts';
import type { Prediction } from '../state/prediction.ts';
import { lastIndexAtMost } from '../state/series-store.ts';
import { texts } from '../texts.ts';
import { PredictFirst } from '../views/PredictFirst.tsx';
import { LookBack } from '../views/LookBack.tsx';
import { Story } from '../views/Story.tsx';
import { ChartCard } from './ChartCard.tsx';
import type { Readout } from './Curves.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { StepChart } from './StepChart.tsx';
import type { Line } from './line-painter.ts';
import { accuracyTable } from './chart-data.ts';
import { accuracyLines } from './accuracy-lines.ts';
import { OVERLAY_DASHES, taskColor } from './palette.ts';
import { useRunShape } from './use-run-shape.ts';

const TABLE_ROWS = 200;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const t = texts.charts;

export function AccuracyCard() {
  const lab = useLab();
  const shape = useRunShape();
  const tasks = useApp(shownTasks);
  const hidden = useApp((state) => state.hiddenTasks);
  const overlays = useApp((state) => state.overlays);
  const runId = useApp((state) => state.lab.runId);
  const started = useApp((state) => state.lab.latest !== null);
  const lookBack = useApp((state) => state.lookBack);
  const predicting = useApp((state) => state.predicting);
  const prediction = useApp((state) => state.prediction);
  const next = useApp((state) => (state.predicting && activeTask(state.lab.phase) === null ? finishedTasks(state.lab) : 0));
  const segment = next > 0 ? shape.segments[next] : undefined;
  const [asTable, setAsTable] = useState(false);
  const others = useMemo(
    () => overlays.filter((overlay) => overlay.summary.id !== runId).map(({ summary, evaluations }) => ({ id: summary.id, curves: AccuracyCurves.of(evaluations) })),
    [overlays, runId],
  );

  const lines = useCallback(
    () => [
      ...others.flatMap(({ id, curves }, i) =>
        accuracyLines(curves, hidden, null, curves, { run: id, width: 1.5, opacity: 0.65, labelledAt: null, dash: OVERLAY_DASHES[i % OVERLAY_DASHES.length]! })),
      ...(prediction ? [predictionLine(prediction)] : []),
      ...accuracyLines(lab.series.accuracy, hidden, lookBack, lab.series.revision, {
        run: 'now', width: 2.25, opacity: 1, labelledAt: lab.store.getState().turns.seen.labels?.step ?? lab.series.lastStep, dash: null,
      }),
    ],
    [lab, others, hidden, lookBack, prediction],
  );

  const readout = useCallback(
    (step: number): Readout | null => {
      const { evaluations } = lab.series;
      const steps = evaluations.map((point) => point.step);
      const before = lastIndexAtMost(steps, step);
      const near = before + 1 < steps.length && (before < 0 || steps[before + 1]! - step < step - steps[before]!) ? before + 1 : before;
      const point = evaluations[near];
      if (!point) return null;
      const rows = point.accuracy.flatMap((accuracy, task) =>
        accuracy === null || task > point.task || hidden.has(task)
          ? []
          : [{ key: String(task), color: taskColor(task), label: texts.task(task), value: formatPercent(accuracy, true) }]);
      return { step: point.step, title: `${t.step} ${formatWhole(point.step)}`, rows };
    },
    [lab, hidden],
  );

  const neighbour = useCallback(
    (step: number | null, direction: -1 | 1): number | null => {
      const steps = lab.series.evaluations.map((point) => point.step);
      if (steps.length === 0) return null;
      if (step === null) return direction < 0 ? steps.at(-1)! : steps[0]!;
      const at = lastIndexAtMost(steps, step);
      return steps[Math.min(steps.length - 1, Math.max(0, at + direction))]!;
    },
    [lab],
  );

  const onDraw = segment
    ? (from: { step: number; value: number } | null, to: { step: number; value: number }): void => {
        // Only the task to come can be predicted.
        const inside = ({ step, value }: { step: number; value: number }) => ({ step: Math.min(segment.end, Math.max(segment.start, step)), accuracy: value });
        const before = lab.store.getState().prediction;
        const drawn = before?.during === next ? before : { of: 0, during: next, points: [] };
        lab.predict(drawTo(drawn, from ? inside(from) : null, inside(to)));
      }
    : null;

  const legend = (
    <>
      <div className="legend">
        {tasks.slice(0, 12).map((task) => (
          <button
            key={task.index} type="button" className="legend-item" aria-pressed={!hidden.has(task.index)}
            aria-label={hidden.has(task.index) ? t.showSeries(task.index) : t.hideSeries(task.index)}
            onClick={() => lab.toggleTask(task.index)}
            onPointerEnter={() => lab.hover.set({ task: task.index })} onPointerLeave={() => lab.hover.set({ task: null })}
          >
            <span className="swatch" style={{ background: taskColor(task.index) }} />
            {texts.task(task.index)}
          </button>
        ))}
      </div>
      <button type="button" className="quiet small" aria-pressed={predicting} onClick={() => lab.togglePredicting()}>{texts.predict.toggle}</button>
      <button type="button" className="quiet small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>{t.table}</button>
      <SaveMenu title={t.accuracy} caption={t.accuracyHint} fileName="accuracy" picture=".recharts-surface" table={() => accuracyTable(lab.series.evaluations, tasks)} />
    </>
  );

  return (
    <ChartCard title={t.accuracy} hint={t.accuracyHint} className="card-accuracy" tour="accuracy" anchor="charts" tools={legend}>
      {asTable ? (
        <AccuracyTable />
      ) : (
        <StepChart
          label={t.accuracyHint} height={300} xMax={shape.total} yMin={0} yMax={1} yTicks={TICKS} formatY={formatPercent}
          segments={shape.segments} marginRight={86} lines={lines} readout={readout} neighbour={neighbour} onDraw={onDraw}
          empty={started || others.length > 0 ? null : <FirstWords />}
        />
      )}
      <PredictFirst />
      <LookBack />
      <Story />
    </ChartCard>
  );
}

function predictionLine(prediction: Prediction): Line {
  const { of, points } = prediction;
  return {
    key: 'prediction', color: taskColor(of), dash: '1 5', width: 3, opacity: 1,
    xs: points.map((point) => point.step), ys: points.map((point) => point.accuracy), count: points.length, revision: prediction, label: null, task: of, rings: [],
  };
}

/** In the empty chart: what will be seen, and an offer to be shown around. */
function FirstWords() {
  const lab = useLab();
  return (
    <div>
      <p>{t.empty.accuracy}</p>
      <button type="button" className="quiet small" onClick={() => lab.startTour()}>{texts.help.tour}</button>
    </div>
  );
}

/** Evenly spaced evaluations of a long run, with each task's last; the export has them all. */
function AccuracyTable() {
  const lab = useLab();
  const tasks = useApp(shownTasks);
  // Renews the table in its turn, as thousands of cells are not rendered at every evaluation of a run that trains.
  useApp((state) => state.turns.seen.tasks);
  const { evaluations } = lab.series;
  const every = Math.max(1, Math.ceil(evaluations.length / TABLE_ROWS));
  const shown = evaluations.filter((point, index) => index % every === 0 || point.full || index === evaluations.length - 1);
  return (
    <>
    {every > 1 && <p className="card-hint table-note">{t.everyNth(formatWhole(every))}</p>}
    <div className="table-scroll" style={{ height: 300 }} tabIndex={0}>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t.step}</th>
            {tasks.map((task) => <th key={task.index} scope="col">{texts.task(task.index)}</th>)}
          </tr>
        </thead>
        <tbody>
          {shown.map((point) => (
            <tr key={`${point.task}-${point.step}`}>
              <th scope="row">{formatWhole(point.step)}</th>
              {tasks.map((task) => (
                <td key={task.index}>{task.index > point.task ? '' : formatPercent(point.accuracy[task.index] ?? null, true)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    </>
  );
}
