/** What each task lost: a ring at its accuracy right after learning, a dot at its accuracy now, and the difference. */
import { memo } from 'react';
import { formatPercent, formatPoints } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { accuracyLearned, accuracyNow } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { useShown } from '../views/use-shown.ts';
import { AccuracyMarks } from './AccuracyMarks.tsx';
import { ChartCard } from './ChartCard.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { ForgettingPicture } from './card-pictures.tsx';
import { forgettingTable } from './chart-data.ts';
import { taskColor } from './palette.ts';
import { useFaded } from './use-faded.ts';

const t = texts.charts;

export function ForgettingCard() {
  const tasks = useApp(shownTasks);
  const metrics = useShown('forgetting', (shown) => shown.metrics);
  const finished = metrics?.accuracyMatrix.length ?? 0;
  return (
    <ChartCard title={t.forgetting} hint={t.forgettingHint} className="card-forgetting" tools={<SaveMenu title={t.forgetting} caption={t.forgettingHint} fileName="forgetting" picture=".forgetting-picture" table={() => forgettingTable(metrics)} />}>
      <ForgettingPicture metrics={metrics} />
      <div className="matrix-box">
      <ol className="dumbbells" data-many={tasks.length > 8 || undefined}>
        {tasks.map(({ index }) => <Dumbbell key={index} task={index} />)}
      </ol>
      <div className="dumbbell-axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((value) => <span key={value} style={{ left: `${value * 100}%` }}>{formatPercent(value)}</span>)}
      </div>
      {finished < 1 && <p className="chart-empty chart-empty-over">{t.empty.forgetting}</p>}
      </div>
    </ChartCard>
  );
}

const Dumbbell = memo(function Dumbbell({ task }: { readonly task: number }) {
  const lab = useLab();
  const faded = useFaded(task);
  const learned = useShown('forgetting', (shown) => accuracyLearned(shown, task));
  const now = useShown('forgetting', (shown) => (accuracyLearned(shown, task) === null ? null : accuracyNow(shown, task)));
  const drop = learned === null || now === null ? null : learned - now;
  return (
    <li
      className="dumbbell" data-faded={faded || undefined} style={{ '--task': taskColor(task) }}
      onPointerEnter={() => lab.hover.set({ task })} onPointerLeave={() => lab.hover.set({ task: null })}
    >
      <span className="dumbbell-name">{texts.task(task)}</span>
      <span className="dumbbell-track" aria-hidden="true">
        {learned !== null && now !== null && <AccuracyMarks learned={learned} now={now} />}
      </span>
      <span className="dumbbell-drop" data-bad={drop !== null && drop >= 0.05 ? true : undefined}>{drop === null ? '–' : formatPoints(-drop)}</span>
      {learned !== null && (
        <span className="visually-hidden">
          {`${formatPercent(learned)} ${t.learnedAt}, ${formatPercent(now)} ${t.nowAt}`}
        </span>
      )}
    </li>
  );
});
