/** Test images with the answer right after learning and the answer now: right turned wrong is what forgetting looks like. */
import { useMemo, useState } from 'react';
import { FLIPS, type Flip, type TaskReport } from '../../core/task-report.ts';
import { formatWhole } from '../format.ts';
import { texts } from '../texts.ts';
import { SampleCard } from './SampleCard.tsx';
import { byFlip } from './flips.ts';

const t = texts.taskPanel;

export function Samples({ report }: { readonly report: TaskReport }) {
  const [only, setOnly] = useState<Flip | null>(null);
  const sorted = useMemo(() => byFlip(report.samples), [report]);
  const shown = sorted.filter(({ flip }) => only === null || flip === only);
  return (
    <section>
      <h3>{t.samples}</h3>
      <p className="card-hint">{t.samplesHint}</p>
      <div className="segmented" role="group" aria-label={t.samples}>
        <button type="button" aria-pressed={only === null} onClick={() => setOnly(null)}>{t.all(formatWhole(FLIPS.reduce((sum, flip) => sum + report.flips[flip], 0)))}</button>
        {FLIPS.map((flip) => {
          const count = report.flips[flip];
          return count === 0 ? null : <button key={flip} type="button" aria-pressed={only === flip} onClick={() => setOnly(flip)}>{t.flips[flip](formatWhole(count))}</button>;
        })}
      </div>
      <ul className="samples">
        {shown.map(({ sample }) => <SampleCard key={sample.index} task={report.task} sample={sample} name={(index) => report.classes[index]?.name ?? ''} />)}
      </ul>
    </section>
  );
}
