/** One task from close by: what it is made of, what the network says to its images now and said then, and its files. */
import { useCallback } from 'react';
import type { TaskSummary } from '../../core/protocol.ts';
import type { TaskReport } from '../../core/task-report.ts';
import { AccuracyMarks } from '../charts/AccuracyMarks.tsx';
import { taskColor } from '../charts/palette.ts';
import { formatPercent, formatPoints } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { finishedTasks, accuracyLearned, accuracyNow } from '../state/lab-state.ts';
import { shownTasks } from '../state/app-state.ts';
import { texts } from '../texts.ts';
import { ClassThumbnail } from '../views/PixelImage.tsx';
import { Confusion } from './Confusion.tsx';
import { Samples } from './Samples.tsx';
import { TakenOver } from './TakenOver.tsx';
import { TaskFiles } from './TaskFiles.tsx';
import { useLoad } from './use-load.ts';

const t = texts.taskPanel;

export function TaskPanel({ index }: { readonly index: number }) {
  const task = useApp((state) => shownTasks(state)[index]);
  const finished = useApp((state) => finishedTasks(state.lab));
  if (!task) return <p className="muted">{t.gone}</p>;
  return (
    <div className="stack">
      <Figures index={index} task={task} />
      {/* A task that finished since changes what "now" is. */}
      {finished > index ? <Learned key={finished} index={index} /> : <Untrained task={task} />}
    </div>
  );
}

function Figures({ index, task }: { readonly index: number; readonly task: TaskSummary }) {
  const learned = useApp((state) => accuracyLearned(state.lab, index));
  const now = useApp((state) => (accuracyLearned(state.lab, index) === null ? null : accuracyNow(state.lab, index)));
  const lost = learned === null || now === null ? null : learned - now;
  return (
    <>
      <p className="muted">{texts.tasks.images(task.trainCount, task.testCount)}</p>
      <dl className="summary summary-3">
        <div className="figure"><dt>{t.learned}</dt><dd data-empty={learned === null || undefined}>{formatPercent(learned, true)}</dd></div>
        <div className="figure"><dt>{t.now}</dt><dd data-empty={now === null || undefined}>{formatPercent(now, true)}</dd></div>
        <div className="figure"><dt>{t.change}</dt><dd data-empty={lost === null || undefined}>{lost === null ? '–' : formatPoints(-lost)}{lost !== null && <small> {texts.summary.points(lost)}</small>}</dd></div>
      </dl>
    </>
  );
}

function Untrained({ task }: { readonly task: TaskSummary }) {
  const dataset = useApp((state) => (state.lab.runConfig ?? state.form).dataset);
  return (
    <>
      <p className="muted">{t.untrained}</p>
      <ul className="class-grid">
        {task.classes.map((entry) => (
          <li key={entry.id}><ClassThumbnail dataset={dataset} classId={entry.id} name={entry.name} size={64} /><span>{entry.name}</span></li>
        ))}
      </ul>
    </>
  );
}

function Learned({ index }: { readonly index: number }) {
  const lab = useLab();
  const runId = useApp((state) => state.lab.runId);
  const load = useLoad(useCallback(() => lab.api.taskReport(index), [lab, index]));

  return (
    <>
      <TaskFiles index={index} />
      {runId !== null && <button type="button" className="fit" onClick={() => lab.rewind(runId, index + 1)}>{t.rewind(index)}</button>}
      {load.kind === 'loading' && <p className="muted" role="status">{t.loading}</p>}
      {load.kind === 'failed' && <p role="alert">{load.text}</p>}
      {load.kind === 'ready' && (
        <>
          <Samples report={load.value} />
          <Classes report={load.value} index={index} />
          <Confusion report={load.value} />
          <TakenOver report={load.value} />
        </>
      )}
    </>
  );
}

/** Accuracy per class, then and now, worst loss first. */
function Classes({ report, index }: { readonly report: TaskReport; readonly index: number }) {
  const rows = report.classes
    .map((entry, position) => ({ entry, then: report.accuracyThen[position] ?? null, now: report.accuracyNow[position] ?? null }))
    .sort((a, b) => (b.then ?? 0) - (b.now ?? 0) - ((a.then ?? 0) - (a.now ?? 0)));
  return (
    <section>
      <h3>{t.perClass}</h3>
      <p className="card-hint">{texts.charts.forgettingHint}</p>
      <ol className="dumbbells dumbbells-classes" style={{ '--task': taskColor(index) }}>
        {rows.map(({ entry, then, now }) => (
          <li key={entry.id} className="dumbbell">
            <span className="dumbbell-name" title={entry.name}>{entry.name}</span>
            <span className="dumbbell-track" aria-hidden="true">
              {then !== null && now !== null && <AccuracyMarks learned={then} now={now} />}
            </span>
            <span className="dumbbell-drop">{`${formatPercent(then)} → ${formatPercent(now)}`}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
