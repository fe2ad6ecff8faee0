/** One setting as the table describes it: its control, its help, and why it is locked where it is. */
import { useId, useMemo } from 'react';
import type { RunConfig } from '../../core/config.ts';
import type { NumberSetting, Setting } from '../../core/settings.ts';
import { methodHas } from '../../core/method-settings.ts';
import { useApp, useLab } from '../lab-context.ts';
import { lockOf } from '../state/run-rules.ts';
import { texts } from '../texts.ts';
import { NumberEntry } from './NumberEntry.tsx';
import { Slider } from './Slider.tsx';
import { scaleOf } from './scale.ts';

const SLIDERS: ReadonlySet<keyof RunConfig> = new Set(['lambda', 'epochs', 'learningRate']);

export function Field({ setting }: { readonly setting: Setting }) {
  const hidden = useApp((state) => state.hidden.has(setting.url));
  if (hidden) return null;
  return setting.kind === 'number' ? <NumberField setting={setting} /> : <OtherField setting={setting} />;
}

/** Whether a setting cannot change now. */
function useLocked(setting: Setting): boolean {
  return useApp((state) => lockOf(setting, state.lab) === 'locked');
}

function NumberField({ setting }: { readonly setting: NumberSetting }) {
  const lab = useLab();
  const value = useApp((state) => state.form[setting.key]);
  const unread = useApp((state) => !methodHas(state.form.method, setting.key));
  const frozen = useLocked(setting);
  const byHand = useApp((state) => state.form.split === 'manual' && (setting.key === 'tasks' || setting.key === 'classesPerTask'));
  const locked = frozen || unread || byHand;
  const reason = unread ? texts.settings.notOfMethod : frozen ? texts.settings.locked : byHand ? texts.settings.byHand : null;
  const helpId = useId();
  const slides = SLIDERS.has(setting.key);
  const scale = useMemo(() => (slides ? scaleOf(setting) : null), [slides, setting]);
  const change = (next: number): void => lab.change({ [setting.key]: setting.integer ? Math.round(next) : next });
  return (
    <div className={slides ? 'field field-slider' : 'field'} data-tour={setting.key} title={reason ?? setting.help}>
      <span className="field-label" aria-hidden="true">{setting.label}{setting.key === 'lambda' && <i> λ</i>}</span>
      <NumberEntry
        setting={setting} label={slides ? texts.settings.exact(setting.label) : setting.label} value={value} disabled={locked} describedBy={helpId} onChange={change}
      />
      {scale && <Slider label={setting.label} describedBy={helpId} scale={scale} value={value} disabled={locked} onChange={change} />}
      <span id={helpId} className="visually-hidden">{setting.help} {reason ?? (setting.live ? texts.settings.live : '')}</span>
    </div>
  );
}

function OtherField({ setting }: { readonly setting: Exclude<Setting, NumberSetting> }) {
  const lab = useLab();
  const value = useApp((state) => state.form[setting.key]);
  const locked = useLocked(setting);
  const id = useId();
  const help = <span id={`${id}-help`} className="visually-hidden">{setting.help} {locked ? texts.settings.locked : ''}</span>;
  if (setting.kind === 'flag') {
    return (
      <div className="field field-flag" title={locked ? texts.settings.locked : setting.help}>
        <label htmlFor={id} className="field-label">{setting.label}</label>
        <input id={id} type="checkbox" role="switch" checked={value === true} disabled={locked} aria-describedby={`${id}-help`} onChange={(event) => lab.change({ [setting.key]: event.target.checked })} />
        {help}
      </div>
    );
  }
  if (setting.kind === 'text' || setting.kind === 'tasks') return null;
  return (
    <div className="field field-select" title={locked ? texts.settings.locked : setting.help}>
      <label htmlFor={id} className="field-label">{setting.label}</label>
      <select id={id} value={String(value)} disabled={locked} aria-describedby={`${id}-help`} onChange={(event) => lab.change({ [setting.key]: event.target.value })}>
        {setting.options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
      {help}
    </div>
  );
}
