/** Confusion matrix of a task, now or right after learning; a cell shows its images. */
import { useState } from 'react';
import type { TaskReport } from '../../core/protocol.ts';
import { heat } from '../charts/heat.ts';
import { formatWhole } from '../format.ts';
import { texts } from '../texts.ts';

const t = texts.taskPanel;
/** More classes than this make cells too small for numbers. */
const NUMBERS_UP_TO = 12;

interface ConfusionProps {
  readonly report: TaskReport;
  readonly cell: { readonly label: number; readonly said: number } | null;
  readonly onPick: (cell: { label: number; said: number } | null) => void;
}

export function Confusion({ report, cell, onPick }: ConfusionProps) {
  const [then, setThen] = useState(false);
  const counts = then ? report.confusionThen : report.confusionNow;
  const dense = report.classes.length > NUMBERS_UP_TO;
  return (
    <section>
      <div className="panel-line">
        <h3>{t.confusion}</h3>
        <div className="segmented" role="group" aria-label={t.confusion}>
          <button type="button" aria-pressed={then} onClick={() => setThen(true)}>{t.then}</button>
          <button type="button" aria-pressed={!then} onClick={() => setThen(false)}>{t.nowShort}</button>
        </div>
      </div>
      <p className="card-hint">{t.confusionHint}</p>
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
                  <th scope="row">{report.classes[label]?.name}</th>
                  {row.map((count, said) => (
                    <td key={said}>
                      <button
                        type="button" className="cell" {...heat(count / total)}
                        aria-pressed={cell?.label === label && cell.said === said} disabled={then}
                        aria-label={t.confusionCell(report.classes[label]?.name ?? '', report.classes[said]?.name ?? '', formatWhole(count))}
                        title={t.confusionCell(report.classes[label]?.name ?? '', report.classes[said]?.name ?? '', formatWhole(count))}
                        onClick={() => onPick(cell?.label === label && cell.said === said ? null : { label, said })}
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
    </section>
  );
}
