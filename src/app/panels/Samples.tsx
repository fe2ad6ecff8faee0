/** Test images with the answer right after learning and the answer now: right turned wrong is what forgetting looks like. */
import { useMemo, useState } from 'react';
import type { SamplePrediction, TaskReport } from '../../core/protocol.ts';
import { formatPercent } from '../format.ts';
import { texts } from '../texts.ts';
import { ImageCanvas } from '../views/ImageCanvas.tsx';
import { FLIPS, answer, byFlip } from './flips.ts';
import type { Flip } from './flips.ts';

const t = texts.taskPanel;

interface SamplesProps {
  readonly report: TaskReport;
  /** A cell of the confusion matrix whose images are asked for. */
  readonly cell: { readonly label: number; readonly said: number } | null;
  readonly onClear: () => void;
}

export function Samples({ report, cell, onClear }: SamplesProps) {
  const [only, setOnly] = useState<Flip | null>(null);
  const [open, setOpen] = useState<SamplePrediction | null>(null);
  const sorted = useMemo(() => byFlip(report.samples), [report]);
  const shown = sorted.filter(({ sample, flip }) =>
    cell ? sample.label === cell.label && sample.now !== null && answer(sample.now) === cell.said : only === null || flip === only);
  const name = (index: number): string => report.classes[index]?.name ?? '';
  return (
    <section>
      <h3>{t.samples}</h3>
      {cell ? (
        <p className="filter-line">{t.cell(name(cell.label), name(cell.said))} <button type="button" className="small" onClick={onClear}>{t.showAll}</button></p>
      ) : (
        <div className="segmented" role="group" aria-label={t.samples}>
          <button type="button" aria-pressed={only === null} onClick={() => setOnly(null)}>{t.all(sorted.length)}</button>
          {FLIPS.map((flip) => {
            const count = sorted.filter((entry) => entry.flip === flip).length;
            return count === 0 ? null : <button key={flip} type="button" aria-pressed={only === flip} onClick={() => setOnly(flip)}>{t.flips[flip](count)}</button>;
          })}
        </div>
      )}
      {shown.length === 0 && <p className="muted">{t.noSamples}</p>}
      <ul className="samples">
        {shown.map(({ sample, flip }, index) => (
          <li key={index}>
            <button type="button" className="sample" data-flip={flip} aria-expanded={open === sample} onClick={() => setOpen(open === sample ? null : sample)}>
              <ImageCanvas image={sample.image} label={name(sample.label)} />
              <span className="sample-words">
                <b>{name(sample.label)}</b>
                <Answer when={t.then} probabilities={sample.then} label={sample.label} name={name} />
                <Answer when={t.nowShort} probabilities={sample.now} label={sample.label} name={name} />
              </span>
            </button>
            {open === sample && <Probabilities sample={sample} name={name} />}
          </li>
        ))}
      </ul>
    </section>
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

/** All probabilities of one image, then and now. */
function Probabilities({ sample, name }: { readonly sample: SamplePrediction; readonly name: (index: number) => string }) {
  const count = (sample.now ?? sample.then ?? []).length;
  const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => (sample.now?.[b] ?? 0) - (sample.now?.[a] ?? 0)).slice(0, 10);
  return (
    <table className="data-table probabilities">
      <thead><tr><th scope="col">{t.class}</th><th scope="col" className="num">{t.then}</th><th scope="col" className="num">{t.nowShort}</th></tr></thead>
      <tbody>
        {order.map((index) => (
          <tr key={index} data-true={index === sample.label || undefined}>
            <th scope="row">{name(index)}</th>
            <td className="num">{formatPercent(sample.then?.[index] ?? null, true)}</td>
            <td className="num">{formatPercent(sample.now?.[index] ?? null, true)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
