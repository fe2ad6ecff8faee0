/** The playground: training a step, an epoch or a task at a time, with one weight's update explained. */
import type { WeightUpdate } from '../../core/watched-weight.ts';
import { ChartCard } from '../charts/ChartCard.tsx';
import { formatFine, formatPercent, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { activeTask } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { Equations } from './Equations.tsx';
import { partsOf } from './update-parts.ts';
import { StepArrows, Trail } from './WeightPictures.tsx';
import { WeightPicker } from './WeightPicker.tsx';

const t = texts.playground;

export function Playground() {
  const lab = useLab();
  const updates = useApp((state) => state.lab.updates);
  const form = useApp((state) => state.form.penaltyStep);
  const update = updates.at(-1) ?? null;
  return (
    <ChartCard
      title={t.title} hint={t.hint} className="card-playground"
      tools={<><TrainBy /><button type="button" className="quiet icon-only small" aria-label={texts.close} onClick={() => lab.togglePlayground()}><Icon name="close" /></button></>}
    >
      <div className="playground">
        <WeightPicker />
        <div className="playground-body">
          <Equations update={update} form={form} />
          <div className="stack">
            {update === null ? <p className="muted">{t.waiting}</p> : (
              <>
                <StepArrows update={update} />
                <Trail updates={updates} />
              </>
            )}
          </div>
        </div>
        {update !== null && <p className="playground-words"><b>{t.atStep(formatWhole(update.step))}.</b> {inWords(update)}</p>}
      </div>
    </ChartCard>
  );
}

function TrainBy() {
  const lab = useLab();
  const training = useApp((state) => state.lab.phase.kind === 'training' || state.lab.phase.kind === 'paused');
  const between = useApp((state) => state.lab.connected && activeTask(state.lab.phase) === null && state.pending === null);
  const disabled = !training && !between;
  return (
    <div className="button-row" role="group" aria-label={t.train}>
      <button type="button" className="accent small" disabled={disabled} onClick={() => lab.step()}><Icon name="step" />{t.step}</button>
      <button type="button" className="small" disabled={disabled} onClick={() => lab.trainThrough('epoch')}>{t.epoch}</button>
      <button type="button" className="small" disabled={disabled} onClick={() => lab.trainThrough('task')}>{t.task}</button>
    </div>
  );
}

/** The step in plain words, from its own numbers. */
function inWords(update: WeightUpdate): string {
  const parts = partsOf(update);
  const words = [t.moved(formatFine(Math.abs(parts.sum)), parts.sum === 0 ? 'none' : parts.sum > 0 ? 'up' : 'down')];
  if (update.gradient === 0) words.push(t.unused);
  if (update.omega === null || update.anchor === null) words.push(update.task === 0 ? t.nothingPulls : t.noPull);
  else if (update.penaltyStep === 'proximal') words.push(t.pullTowards(formatPercent(parts.share, true), formatFine(Math.abs(parts.free - update.anchor))));
  else words.push(t.pullAgainst(formatFine(parts.pull), formatFine(parts.sum - parts.pull)));
  return words.join(' ');
}
