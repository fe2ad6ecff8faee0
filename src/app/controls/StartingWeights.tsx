/** What the next run's backbone starts from: random weights, or imported ones that fit the model. Nothing where none were ever imported. */
import { useId } from 'react';
import { settingOf } from '../../core/settings.ts';
import { useApp, useLab } from '../lab-context.ts';
import { lockOf } from '../state/run-rules.ts';
import { texts } from '../texts.ts';

const setting = settingOf('initialWeights');
/** As much of a hash as people compare. */
const SHOWN_DIGITS = 8;

export function StartingWeights() {
  const lab = useLab();
  const id = useId();
  const chosen = useApp((state) => state.form.initialWeights);
  const model = useApp((state) => state.form.model);
  const stored = useApp((state) => state.lab.weights);
  const locked = useApp((state) => lockOf(setting, state.lab) === 'locked');
  const hidden = useApp((state) => state.hidden.has(setting.url));
  const offered = stored.filter((weights) => weights.id === chosen || weights.models.includes(model));
  if ((chosen === '' && offered.length === 0) || hidden) return null;
  const missing = chosen !== '' && !offered.some((weights) => weights.id === chosen);
  return (
    <div className="field field-select" title={locked ? texts.settings.locked : setting.help}>
      <label htmlFor={id} className="field-label">{setting.label}</label>
      <select id={id} value={chosen} disabled={locked} onChange={(event) => lab.change({ initialWeights: event.target.value })}>
        <option value="">{texts.settings.randomWeights}</option>
        {offered.map(({ id: sha256, name }) => (
          <option key={sha256} value={sha256}>{texts.settings.importedWeights(name, sha256.slice(0, SHOWN_DIGITS))}</option>
        ))}
        {missing && <option value={chosen}>{texts.settings.missingWeights(chosen.slice(0, SHOWN_DIGITS))}</option>}
      </select>
    </div>
  );
}
