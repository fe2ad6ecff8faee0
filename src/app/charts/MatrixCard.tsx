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
import { useFaded } from './use-faded.ts';

const t = texts.charts;
/** From this many tasks on the cells are too small for numbers; they stay readable by pointer, keyboard and screen reader. */
const NUMBERS_UP_TO = 10;

export function MatrixCard() {
  const tasks = useApp(shownTasks);
  const metrics = useShown('matrix', (shown) => shown.metrics);
  const matrix = metrics?.accuracyMatrix ?? null;
  const rows = matrix?.length ?? 0;
  const lookingBack = useApp((state) => state.lookBack !== null);
  const training = useApp((state) => activeTask(state.lab.phase));
  const measured = useShown('matrix', (shown) => shown.latest?.task ?? null);
  // The row that grows while its task is trained.
  const forming = measured === rows && (lookingBack || training === rows) ? rows : null;
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
          {tasks.map(({ index }) => index === forming
            ? <FormingRow key={index} index={index} count={tasks.length} />
            : <MatrixRow key={index} index={index} count={tasks.length} row={matrix?.[index] ?? null} />)}
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
  readonly forming?: boolean;
}

const MatrixRow = memo(function MatrixRow({ index, count, row, forming = false }: MatrixRowProps) {
  return (
    <tr data-forming={forming || undefined}>
      <th scope="row" aria-label={t.rowAfter(index)}>
        <span className="matrix-head" style={{ borderColor: taskColor(index) }}>{index + 1}</span>
      </th>
      {Array.from({ length: count }, (_, column) => <Cell key={column} row={index} column={column} accuracy={column > index ? null : (row?.[column] ?? null)} />)}
    </tr>
  );
});

function FormingRow({ index, count }: { readonly index: number; readonly count: number }) {
  const row = useShown('matrix', (shown) => shown.latest?.accuracy ?? null);
  return <MatrixRow index={index} count={count} row={row} forming />;
}

interface CellProps {
  /** Trained up to this task. */
  readonly row: number;
  /** Tested on this one. */
  readonly column: number;
  readonly accuracy: number | null;
}

/** Memoised: of a row that forms, only what was measured otherwise is written. */
const Cell = memo(function Cell({ row, column, accuracy }: CellProps) {
  const lab = useLab();
  const faded = useFaded(column);
  return (
    <td
      className="cell" data-faded={faded || undefined} data-empty={accuracy === null || undefined} data-diagonal={column === row || undefined} {...(accuracy === null ? {} : heat(accuracy))}
      title={accuracy === null ? undefined : `${t.rowAfter(row)}, ${t.onTask(column).toLowerCase()}: ${formatPercent(accuracy, true)}`}
      onPointerEnter={() => lab.hover.set({ task: column })} onPointerLeave={() => lab.hover.set({ task: null })}
    >
      <span>{accuracy === null ? '' : formatPercent(accuracy)}</span>
    </td>
  );
});
