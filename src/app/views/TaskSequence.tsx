/** The tasks in their order: what they are made of, where they stand, how accurate the network is on them now, and what it has lost. */
import { memo } from 'react';
import type { RunPhase, TaskSummary } from '../../core/protocol.ts';
import { asWritten } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { classPlace } from '../state/hand-split.ts';
import { accuracyLearned, accuracyNow, activeTask, finishedTasks } from '../state/lab-state.ts';
import { taskColor } from '../charts/palette.ts';
import { texts } from '../texts.ts';
import { ClassThumbnail } from './PixelImage.tsx';
import { useShown } from './use-shown.ts';

const t = texts.tasks;
const SHOWN_CLASSES = 5;

export function TaskSequence() {
  const tasks = useApp(shownTasks);
  const plan = useApp((state) => state.plan);
  const running = useApp((state) => state.lab.runId !== null);
  const finished = useShown('tasks', finishedTasks);
  const active = useApp((state) => activeTask(state.lab.phase));
  return (
    <section className="tasks" aria-labelledby="tasks-title">
      <header className="rail-head">
        <h2 id="tasks-title">{t.region}</h2>
        {tasks[0] && tasks[0].classes.length > 0 && <span className="muted">{t.summary(tasks.length, tasks[0].classes.length)}</span>}
      </header>
      {!running && plan.kind === 'failed' && (
        <div className="message" data-kind="error" role="alert">
          <div>
            <p>{plan.error.message}</p>
            <p className="message-hint">{plan.error.hint}</p>
          </div>
        </div>
      )}
      <ol className="task-list">
        {tasks.map((task) => (
          <TaskItem key={task.index} task={task} state={task.index === active ? 'active' : task.index < finished ? 'done' : task.index === finished ? 'next' : 'waiting'} />
        ))}
      </ol>
    </section>
  );
}

interface TaskItemProps {
  readonly task: TaskSummary;
  readonly state: 'active' | 'done' | 'next' | 'waiting';
}

const TaskItem = memo(function TaskItem({ task, state }: TaskItemProps) {
  const lab = useLab();
  const dataset = useApp((app) => (app.lab.runId === null ? app.form : (app.lab.runConfig ?? app.form)).dataset);
  const names = task.classes.map(({ name }) => name);
  return (
    <li className="task" data-state={state} style={{ '--task': taskColor(task.index) }}>
      <button
        type="button" className="task-button" title={t.images(task.trainCount, task.testCount)}
        onClick={() => lab.openPanel({ kind: 'task', task: task.index })}
        onPointerEnter={() => lab.hover.set({ task: task.index })} onPointerLeave={() => lab.hover.set({ task: null })}
      >
        <span className="task-badge" aria-hidden="true">{task.index + 1}</span>
        <span className="task-main">
          <span className="task-line">
            <b>{texts.task(task.index)}</b>
            {(state === 'done' || state === 'active') && <TaskAccuracy task={task.index} />}
          </span>
          <span className="task-line task-sub">
            <TaskState task={task.index} state={state} />
            {state === 'done' && <TaskDrop task={task.index} />}
          </span>
        </span>
      </button>
      <div className="task-images" aria-hidden="true">
        {task.classes.length === 0 && <span className="image image-waiting" />}
        {task.classes.slice(0, SHOWN_CLASSES).map((entry) => (
          <ClassThumbnail key={entry.id} {...classPlace(dataset, entry.id)} name={entry.name} size={64} />
        ))}
        {names.length > SHOWN_CLASSES && <span className="task-more">{t.more(names.length - SHOWN_CLASSES)}</span>}
      </div>
      <span className="visually-hidden">{texts.list(names.slice(0, 20))}</span>
      {state === 'active' && <TaskProgress />}
    </li>
  );
});

function TaskAccuracy({ task }: { readonly task: number }) {
  const now = useShown('tasks', (shown) => asWritten(accuracyNow(shown, task)));
  return now !== null && <b className="task-accuracy">{t.now(now)}</b>;
}

function TaskDrop({ task }: { readonly task: number }) {
  const drop = useShown('drops', (shown) => {
    const [learned, now] = [accuracyLearned(shown, task), accuracyNow(shown, task)];
    return learned === null || now === null ? null : asWritten(learned - now);
  });
  return drop !== null && <span className="task-drop" data-bad={drop >= 0.05 || undefined} data-good={drop <= 0 || undefined}>{t.sinceLearned(drop)}</span>;
}

function TaskState({ task, state }: { readonly task: number; readonly state: TaskItemProps['state'] }) {
  const epochs = useApp((app) => (app.lab.runConfig ?? app.form).epochs);
  const said = useApp((app) => (state === 'active' ? phaseText(app.lab.phase, epochs) : null));
  if (said !== null) return <span>{said}</span>;
  return <span key={task}>{state === 'done' ? t.learned : state === 'next' ? t.next : t.waiting}</span>;
}

function phaseText(phase: RunPhase, epochs: number): string | null {
  switch (phase.kind) {
    case 'preparing':
      return t.preparing;
    case 'training':
      return t.training(phase.epoch, epochs);
    case 'evaluating':
      return t.evaluating;
    case 'measuring':
      return t.measuring(phase.done, phase.total);
    case 'saving':
      return t.saving;
    case 'paused':
      return t.paused;
    case 'idle':
    case 'ready':
    case 'done':
    case 'failed':
      return null;
  }
}

function TaskProgress() {
  const share = useApp((app) => {
    const { phase } = app.lab;
    const { epochs } = app.lab.runConfig ?? app.form;
    if (phase.kind === 'training' || phase.kind === 'paused') return (phase.epoch + phase.step / Math.max(1, phase.stepsPerEpoch)) / Math.max(1, epochs);
    if (phase.kind === 'measuring') return phase.total === 0 ? 0 : phase.done / phase.total;
    return phase.kind === 'evaluating' || phase.kind === 'saving' ? 1 : 0;
  });
  return <div className="task-progress" aria-hidden="true"><i style={{ transform: `scaleX(${Math.min(1, share)})` }} /></div>;
}
