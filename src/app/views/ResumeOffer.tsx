/** After a reload or a crash: the run that was interrupted, one click from going on. */
import { useState } from 'react';
import { formatDate } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { interruptedRun } from '../state/run-rules.ts';
import { runLabel } from '../state/story.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';

export function ResumeOffer() {
  const lab = useLab();
  const run = useApp((state) => (state.lab.runId === null && state.lab.phase.kind === 'idle' ? interruptedRun(state.lab) : null));
  const [declined, setDeclined] = useState<string | null>(null);
  if (run === null || run.id === declined) return null;
  return (
    <section className="card offer" aria-label={texts.runs.unfinished}>
      <div>
        <b>{texts.runs.unfinishedTitle(run.finishedTasks, run.config.tasks)}</b>
        <p className="muted">{[...(run.name === '' ? [] : [run.name]), runLabel(run.config), formatDate(run.updatedAt)].join(' · ')}</p>
      </div>
      <button type="button" className="accent" onClick={() => lab.resumeRun(run.id)}><Icon name="play" />{texts.run.resume}</button>
      <button type="button" className="quiet icon-only" aria-label={texts.messages.dismiss} onClick={() => setDeclined(run.id)}><Icon name="close" /></button>
    </section>
  );
}
