/** What each task lost: a ring at its accuracy right after learning, a dot at its accuracy now, and the difference. */
import { formatPercent, formatPoints } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { accuracyLearned, accuracyNow } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { useShown } from '../views/use-shown.ts';
import { ChartCard } from './ChartCard.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { ForgettingPicture } from './card-pictures.tsx';
import { forgettingTable } from './chart-data.ts';
import { taskColor } from './palette.ts';

const t = texts.charts;

export function ForgettingCard() {
  const lab = useLab();
  const tasks = useApp(shownTasks);
  const { metrics, latest } = useShown();
  const finished = metrics?.accuracyMatrix.length ?? 0;
  return (
    <ChartCard title={t.forgetting} hint={t.forgettingHint} className="card-forgetting" tools={<SaveMenu title={t.forgetting} caption={t.forgettingHint} fileName="forgetting" picture=".forgetting-picture" table={() => forgettingTable(metrics)} />}>
      <ForgettingPicture metrics={metrics} />
      <div className="matrix-box">
      <ol className="dumbbells" data-many={tasks.length > 8 || undefined}>
        {tasks.map(({ index }) => {
          const learned = accuracyLearned({ metrics }, index);
          const now = learned === null ? null : accuracyNow({ metrics, latest }, index);
          const drop = learned === null || now === null ? null : learned - now;
          return (
            <li
              key={index} className="dumbbell" style={{ '--task': taskColor(index) }}
              onPointerEnter={() => lab.hover.set({ task: index })} onPointerLeave={() => lab.hover.set({ task: null })}
            >
              <span className="dumbbell-name">{texts.task(index)}</span>
              <span className="dumbbell-track" aria-hidden="true">
                {learned !== null && now !== null && (
                  <>
                    <i className="dumbbell-bar" style={{ left: `${Math.min(learned, now) * 100}%`, width: `${Math.abs(learned - now) * 100}%` }} />
                    <i className="dumbbell-ring" style={{ left: `${learned * 100}%` }} />
                    <i className="dumbbell-dot" style={{ left: `${now * 100}%` }} />
                  </>
                )}
              </span>
              <span className="dumbbell-drop" data-bad={drop !== null && drop >= 0.05 ? true : undefined}>{drop === null ? '–' : formatPoints(-drop)}</span>
              {learned !== null && (
                <span className="visually-hidden">
                  {`${formatPercent(learned)} ${t.learnedAt}, ${formatPercent(now)} ${t.nowAt}`}
                </span>
              )}
            </li>
          );
        })}
      </ol>
      <div className="dumbbell-axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((value) => <span key={value} style={{ left: `${value * 100}%` }}>{formatPercent(value)}</span>)}
      </div>
      {finished < 1 && <p className="chart-empty chart-empty-over">{t.empty.forgetting}</p>}
      </div>
    </ChartCard>
  );
}
