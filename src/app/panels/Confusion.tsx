/** Confusion matrix of a task, now or right after learning; a cell opens its images. */
import { useCallback, useState } from 'react';
import type { ConfusionCell, TaskReport } from '../../core/task-report.ts';
import { confusionTable } from '../charts/chart-data.ts';
import { ConfusionPicture } from '../charts/ConfusionPicture.tsx';
import { SaveMenu } from '../charts/SaveMenu.tsx';
import { heat } from '../charts/heat.ts';
import { formatWhole } from '../format.ts';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { SampleCard } from './SampleCard.tsx';
import { useLoad } from './use-load.ts';

const t = texts.taskPanel;
/** More classes than this make cells too small for numbers. */
const NUMBERS_UP_TO = 12;

export function Confusion({ report }: { readonly report: TaskReport }) {
  const [moment, setMoment] = useState<ConfusionCell['moment']>('now');
  const [cell, setCell] = useState<ConfusionCell | null>(null);
  const counts = moment === 'then' ? report.confusionThen : report.confusionNow;
  const name = (index: number): string => report.classes[index]?.name ?? '';
  const show = (next: ConfusionCell['moment']): void => {
    setMoment(next);
    setCell(null);
  };
  const dense = report.classes.length > NUMBERS_UP_TO;
  return (
    <section>
      <div className="panel-line">
        <h3>{t.confusion}</h3>
        <div className="segmented" role="group" aria-label={t.confusion}>
          <button type="button" aria-pressed={moment === 'then'} onClick={() => show('then')}>{t.then}</button>
          <button type="button" aria-pressed={moment === 'now'} onClick={() => show('now')}>{t.nowShort}</button>
        </div>
        <SaveMenu
          title={t.confusionOf(report.task)} caption={t.confusionCaption[moment]} fileName={`confusion-task-${report.task + 1}-${moment}`} picture=".confusion-picture"
          table={() => confusionTable(report.classes, counts)}
        />
      </div>
      <p className="card-hint">{t.confusionHint}</p>
      <ConfusionPicture classes={report.classes} counts={counts} dense={dense} />
      <div className="table-scroll" tabIndex={0}>
        <table className="confusion" data-dense={dense || undefined}>
          <thead>
            <tr><td />{report.classes.map((entry) => <th key={entry.id} scope="col"><span>{entry.name}</span></th>)}</tr>
          </thead>
          <tbody>
            {counts.map((row, label) => {
              const total = Math.max(1, row.reduce((sum, count) => sum + count, 0));
              return (
                <tr key={label}>
                  <th scope="row">{name(label)}</th>
                  {row.map((count, said) => (
                    <td key={said}>
                      <button
                        type="button" className="cell" {...heat(count / total)}
                        aria-pressed={cell?.label === label && cell.said === said} disabled={count === 0}
                        aria-label={t.confusionCell(name(label), name(said), formatWhole(count))}
                        title={t.confusionCell(name(label), name(said), formatWhole(count))}
                        onClick={() => setCell(cell?.label === label && cell.said === said ? null : { label, said, moment })}
                      >
                        {dense || count === 0 ? '' : formatWhole(count)}
                      </button>
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {cell !== null && (
        <>
          <p className="filter-line" role="status">{t.cell(name(cell.label), name(cell.said), formatWhole(counts[cell.label]?.[cell.said] ?? 0))} <button type="button" className="small" onClick={() => setCell(null)}>{texts.close}</button></p>
          <CellImages key={`${cell.label}-${cell.said}-${cell.moment}`} task={report.task} cell={cell} name={name} />
        </>
      )}
    </section>
  );
}

function CellImages({ task, cell, name }: { readonly task: number; readonly cell: ConfusionCell; readonly name: (index: number) => string }) {
  const lab = useLab();
  const load = useLoad(useCallback(() => lab.api.confusionImages(task, cell), [lab, task, cell]));
  if (load.kind === 'loading') return <p className="muted" role="status">{t.loading}</p>;
  if (load.kind === 'failed') return <p role="alert">{load.text}</p>;
  return <ul className="samples">{load.value.map((sample) => <SampleCard key={sample.index} task={task} sample={sample} name={name} />)}</ul>;
}
