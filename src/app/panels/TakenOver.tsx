/** Who wins a task's test images when nobody says which task they are from: later classes take over what is forgotten. */
import type { TaskReport } from '../../core/task-report.ts';
import { taskColor } from '../charts/palette.ts';
import { formatPercent, formatWhole } from '../format.ts';
import { useApp } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { takeOver } from './take-over.ts';

const t = texts.takenOver;
const SHOWN = 3;

export function TakenOver({ report }: { readonly report: TaskReport }) {
  const tasks = useApp((state) => state.lab.tasks);
  const { claims } = report;
  if (claims === null) return null;
  const name = (task: number, place: number): string => tasks[task]?.classes[place]?.name ?? '';
  const { images, lost, taker } = takeOver(claims, report.task);
  return (
    <section>
      <h3>{t.title}</h3>
      <p className="card-hint">{t.hint}</p>
      <p>{taker === null ? t.none(formatWhole(images)) : t.most(formatWhole(lost), formatWhole(images), name(taker.task, taker.class), texts.task(taker.task).toLowerCase(), formatWhole(taker.count))}</p>
      <div className="table-scroll" tabIndex={0}>
        <table className="data-table">
          <thead><tr><th scope="col">{texts.taskPanel.class}</th><th scope="col" className="num">{t.kept}</th><th scope="col">{t.goesTo}</th></tr></thead>
          <tbody>
            {report.classes.map((entry, label) => {
              const rows = claims[label] ?? [];
              const total = rows.reduce((sum, { count }) => sum + count, 0);
              const own = rows.find((row) => row.task === report.task && row.class === label)?.count ?? 0;
              const others = rows.filter((row) => row.task !== report.task || row.class !== label).slice(0, SHOWN);
              return (
                <tr key={entry.id}>
                  <th scope="row">{entry.name}</th>
                  <td className="num">{formatPercent(total === 0 ? null : own / total)}</td>
                  <td>
                    {others.length === 0 ? '–' : others.map((row) => (
                      <span key={`${row.task}-${row.class}`} className="claim">
                        <span className="swatch" style={{ background: taskColor(row.task) }} /> {name(row.task, row.class)} <span className="muted">{`${texts.task(row.task)}, ${formatWhole(row.count)}`}</span>
                      </span>
                    ))}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
