/** The accuracy matrix R[i][j] as a heat map that is also a table: rows in training order, with the running task's row as it forms. */
import { memo } from 'react';
import { formatPercent } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { activeTask } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { useShown } from '../views/use-shown.ts';
import { ChartCard } from './ChartCard.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { matrixTable } from './chart-data.ts';
import { MatrixPicture } from './card-pictures.tsx';
import { heat } from './heat.ts';
import { taskColor } from './palette.ts';

const t = texts.charts;
/** From this many tasks on the cells are too small for numbers; they stay readable by pointer, keyboard and screen reader. */
const NUMBERS_UP_TO = 10;

export function MatrixCard() {
  const tasks = useApp(shownTasks);
  const { metrics, latest } = useShown();
  const matrix = metrics?.accuracyMatrix ?? null;
  const lookingBack = useApp((state) => state.lookBack !== null);
  const training = useApp((state) => activeTask(state.lab.phase));
  const active = lookingBack ? (latest?.task ?? null) : training;
  const rows = matrix?.length ?? 0;
  const forming = active !== null && active === rows && latest !== null && latest.task === active ? latest.accuracy : null;
  return (
    <ChartCard title={t.matrix} hint={t.matrixHint} className="card-matrix" tools={<SaveMenu title={t.matrix} caption={t.matrixHint} fileName="accuracy-matrix" picture=".matrix-picture" table={() => matrixTable(metrics, tasks)} />}>
      <MatrixPicture metrics={metrics} count={tasks.length} />
      <div className="matrix-box">
      <table className="matrix" data-dense={tasks.length > NUMBERS_UP_TO || undefined}>
        <caption className="visually-hidden">{t.matrixHint}</caption>
        <thead>
          <tr>
            <td />
            {tasks.map((task) => (
              <th key={task.index} scope="col" aria-label={t.onTask(task.index)}>
                <span className="matrix-head" style={{ borderColor: taskColor(task.index) }}>{task.index + 1}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <MatrixRow
              key={task.index} index={task.index} count={tasks.length}
              row={matrix?.[task.index] ?? (forming && task.index === active ? forming : null)}
              forming={matrix?.[task.index] === undefined && forming !== null && task.index === active}
            />
          ))}
        </tbody>
      </table>
      {rows === 0 && forming === null && <p className="chart-empty chart-empty-over">{t.empty.matrix}</p>}
      </div>
    </ChartCard>
  );
}

interface MatrixRowProps {
  readonly index: number;
  readonly count: number;
  readonly row: readonly (number | null)[] | null;
  readonly forming: boolean;
}

const MatrixRow = memo(function MatrixRow({ index, count, row, forming }: MatrixRowProps) {
  const lab = useLab();
  return (
    <tr data-forming={forming || undefined}>
      <th scope="row" aria-label={t.rowAfter(index)}>
        <span className="matrix-head" style={{ borderColor: taskColor(index) }}>{index + 1}</span>
      </th>
      {Array.from({ length: count }, (_, column) => {
        const accuracy = column > index ? null : (row?.[column] ?? null);
        return (
          <td
            key={column} className="cell" data-empty={accuracy === null || undefined} data-diagonal={column === index || undefined}
            {...(accuracy === null ? {} : heat(accuracy))}
            title={accuracy === null ? undefined : `${t.rowAfter(index)}, ${t.onTask(column).toLowerCase()}: ${formatPercent(accuracy, true)}`}
            onPointerEnter={() => lab.hover.set({ task: column })} onPointerLeave={() => lab.hover.set({ task: null })}
          >
            <span>{accuracy === null ? '' : formatPercent(accuracy)}</span>
          </td>
        );
      })}
    </tr>
  );
});
