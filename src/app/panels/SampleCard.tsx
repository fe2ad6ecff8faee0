/** One test image with the answer right after learning and the answer now; chosen, its answers over the whole run. */
import { useCallback, useState } from 'react';
import type { SamplePrediction } from '../../core/task-report.ts';
import { heat } from '../charts/heat.ts';
import { formatPercent } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { PixelImage } from '../views/PixelImage.tsx';
import { answer, flipOf } from './flips.ts';
import { useLoad } from './use-load.ts';

const t = texts.taskPanel;

interface SampleCardProps {
  readonly task: number;
  readonly sample: SamplePrediction;
  /** Name of a class of the task. */
  readonly name: (index: number) => string;
}

export function SampleCard({ task, sample, name }: SampleCardProps) {
  const [open, setOpen] = useState(false);
  return (
    <li data-open={open || undefined}>
      <button type="button" className="sample" data-flip={flipOf(sample)} aria-expanded={open} onClick={() => setOpen(!open)}>
        <PixelImage image={sample.image} label={name(sample.label)} />
        <span className="sample-words">
          <b>{name(sample.label)}</b>
          <Answer when={t.then} probabilities={sample.then} label={sample.label} name={name} />
          <Answer when={t.nowShort} probabilities={sample.now} label={sample.label} name={name} />
        </span>
      </button>
      {open && sample.now !== null && <OverTime task={task} sample={sample} name={name} />}
    </li>
  );
}

interface AnswerProps {
  readonly when: string;
  readonly probabilities: readonly number[] | null;
  readonly label: number;
  readonly name: (index: number) => string;
}

function Answer({ when, probabilities, label, name }: AnswerProps) {
  if (probabilities === null) return <span className="answer"><span className="muted">{when}</span> –</span>;
  const said = answer(probabilities);
  return (
    <span className="answer" data-right={said === label || undefined}>
      <span className="muted">{when}</span> <span>{said === label ? '✓' : '✗'} {name(said)}</span> <span className="muted">{formatPercent(probabilities[said] ?? 0)}</span>
    </span>
  );
}

/** Probabilities of the task's classes after each finished task since it was learned, and who wins among all classes by then. */
function OverTime({ task, sample, name }: SampleCardProps) {
  const lab = useLab();
  const tasks = useApp((state) => state.lab.tasks);
  const load = useLoad(useCallback(() => lab.api.answersOver(task, sample.index), [lab, task, sample.index]));
  if (load.kind === 'loading') return <p className="muted" role="status">{t.loading}</p>;
  if (load.kind === 'failed') return <p role="alert">{load.text}</p>;
  const moments = load.value;
  const last = moments.at(-1)?.probabilities ?? [];
  const order = [...last.keys()].sort((a, b) => last[b]! - last[a]!).slice(0, 10);
  const competes = moments.some(({ winner }) => winner !== null);
  return (
    <div className="table-scroll" tabIndex={0}>
      <table className="data-table probabilities">
        <caption className="visually-hidden">{t.overTime}</caption>
        <thead>
          <tr>
            <th scope="col">{t.class}</th>
            {moments.map(({ finishedTasks }) => <th key={finishedTasks} scope="col" className="num">{t.afterTask(finishedTasks - 1)}</th>)}
          </tr>
        </thead>
        <tbody>
          {order.map((index) => (
            <tr key={index} data-true={index === sample.label || undefined}>
              <th scope="row">{name(index)}</th>
              {moments.map(({ finishedTasks, probabilities }) => (
                <td key={finishedTasks} className="num cell heat-cell" {...heat(probabilities[index] ?? 0)}>{formatPercent(probabilities[index] ?? null)}</td>
              ))}
            </tr>
          ))}
          {competes && (
            <tr className="winner-row">
              <th scope="row" title={t.winnerHelp}>{t.winner}</th>
              {moments.map(({ finishedTasks, winner }) => (
                <td key={finishedTasks} className="num">{winner === null ? '–' : tasks[winner.task]?.classes[winner.class]?.name ?? '–'}</td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
