/** Which imported weights the next run starts from, and the way back to random ones; nothing where they are random. */
import { useId } from 'react';
import { settingOf } from '../../core/config.ts';
import { useApp, useLab } from '../lab-context.ts';
import { lockOf } from '../state/run-rules.ts';
import { texts } from '../texts.ts';

const setting = settingOf('initialWeights');
/** As much of a hash as people compare. */
const SHOWN_DIGITS = 8;

export function StartingWeights() {
  const lab = useLab();
  const id = useId();
  const weights = useApp((state) => state.form.initialWeights);
  const locked = useApp((state) => lockOf(setting, state.lab) === 'locked');
  const hidden = useApp((state) => state.hidden.has(setting.url));
  if (weights === '' || hidden) return null;
  return (
    <div className="field field-select" title={locked ? texts.settings.locked : setting.help}>
      <label htmlFor={id} className="field-label">{setting.label}</label>
      <select id={id} value={weights} disabled={locked} onChange={(event) => lab.change({ initialWeights: event.target.value })}>
        <option value={weights}>{texts.settings.importedWeights(weights.slice(0, SHOWN_DIGITS))}</option>
        <option value="">{texts.settings.randomWeights}</option>
      </select>
    </div>
  );
}
