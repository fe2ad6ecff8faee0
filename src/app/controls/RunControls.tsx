/** Train, pause, step, stop, reset, and the files that come out. */
import { useState } from 'react';
import type { WeightFormat } from '../../core/protocol.ts';
import { useApp, useLab } from '../lab-context.ts';
import { deviceTaken } from '../state/device-use.ts';
import { activeTask, finishedTasks, isBusy } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';

const t = texts.run;

export function RunControls() {
  const lab = useLab();
  const kind = useApp((state) => state.lab.phase.kind);
  const inTask = useApp((state) => activeTask(state.lab.phase) !== null);
  const busy = useApp((state) => isBusy(state.lab.phase));
  const connected = useApp((state) => state.lab.connected);
  const hasRun = useApp((state) => state.lab.runId !== null);
  const unplannable = useApp((state) => state.lab.runId === null && state.plan.kind === 'failed');
  const pending = useApp((state) => state.pending);
  const taken = useApp(deviceTaken);
  const paused = kind === 'paused';
  const canTrain = connected && !inTask && !unplannable && pending === null && taken === null;

  return (
    <section className="run card" aria-label={t.region}>
      <button type="button" className="primary" data-tour="train" title={taken ?? undefined} disabled={!canTrain} onClick={() => lab.train('all')}>
        <Icon name="play" />{t.trainAll}
      </button>
      <div className="run-row">
        <button type="button" title={t.titles.trainTask} disabled={!canTrain} onClick={() => lab.train('task')}><Icon name="next" />{t.trainTask}</button>
        {paused ? (
          <button type="button" className="accent" title={t.titles.resume} onClick={() => lab.send({ kind: 'resume' })}><Icon name="play" />{t.resume}</button>
        ) : (
          <button type="button" title={t.titles.pause} disabled={!busy} onClick={() => lab.send({ kind: 'pause' })}><Icon name="pause" />{t.pause}</button>
        )}
      </div>
      <div className="run-row run-row-3">
        <button type="button" title={t.titles.step} disabled={!(paused || kind === 'training' || canTrain)} onClick={() => lab.step()}><Icon name="step" />{t.step}</button>
        <button type="button" title={t.titles.stop} disabled={!inTask} onClick={() => lab.send({ kind: 'stop' })}><Icon name="stop" />{t.stop}</button>
        <button type="button" title={t.titles.reset} disabled={!hasRun} onClick={() => lab.send({ kind: 'reset' })}><Icon name="reset" />{t.reset}</button>
      </div>
      <Downloads />
    </section>
  );
}

function Downloads() {
  const lab = useLab();
  const [format, setFormat] = useState<WeightFormat>('safetensors');
  const finished = useApp((state) => finishedTasks(state.lab));
  const hidden = useApp((state) => state.hidden.has('downloads'));
  const downloading = useApp((state) => state.downloading !== null);
  if (hidden) return null;
  return (
    <div className="run-row downloads">
      <button
        type="button" disabled={finished === 0 || downloading} title={finished === 0 ? t.downloadWait : t.downloadTitle}
        onClick={() => lab.download({ kind: 'all' }, format)} aria-busy={downloading}
      >
        <Icon name="download" />{t.downloadAll}
      </button>
      <select aria-label={t.format} value={format} onChange={(event) => setFormat(event.target.value === 'pytorch' ? 'pytorch' : 'safetensors')}>
        <option value="safetensors">{t.formats.safetensors}</option>
        <option value="pytorch">{t.formats.pytorch}</option>
      </select>
    </div>
  );
}
