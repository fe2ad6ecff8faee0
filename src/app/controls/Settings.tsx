/** The settings column: presets, then what matters most first, the rest folded. Every control comes from the settings table. */
import { Fragment, useId } from 'react';
import { BACKEND_IDS, DEFAULT_CONFIG } from '../../core/config.ts';
import { sameValue } from '../../core/config-text.ts';
import { SETTINGS, settingOf } from '../../core/settings.ts';
import type { BackendChoice, RunConfig } from '../../core/config.ts';
import type { Setting } from '../../core/settings.ts';
import { PRESETS } from '../../core/presets.ts';
import type { Preset } from '../../core/presets.ts';
import { methodHas } from '../../core/method-settings.ts';
import { formatNumber } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { deviceTaken } from '../state/device-use.ts';
import { canContinue, runLasts } from '../state/run-rules.ts';
import { activeTask } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { ImportButton } from '../views/ImportButton.tsx';
import { Field } from './Field.tsx';
import { ImportanceSet } from './ImportanceSet.tsx';
import { StartingWeights } from './StartingWeights.tsx';

const t = texts.settings;

/** Shown above the fold of the column, in this order; every other setting is under "Advanced settings". */
const FIRST: readonly (readonly (keyof RunConfig)[])[] = [
  ['method', 'lambda'],
  ['epochs', 'learningRate'],
  ['model'],
];
const DATA_KEYS: readonly (keyof RunConfig)[] = ['tasks', 'classesPerTask', 'split', 'seed'];
const SHOWN: ReadonlySet<keyof RunConfig> = new Set([...FIRST.flat(), ...DATA_KEYS, 'dataset', 'initialWeights', 'manualTasks']);
const ADVANCED = SETTINGS.filter((setting) => !SHOWN.has(setting.key));

export function Settings() {
  const hidden = useApp((state) => state.hidden);
  return (
    <section className="settings card" aria-label={t.region}>
      {!hidden.has('presets') && <Presets />}
      <div className="group group-method">
        <Field setting={settingOf('method')} />
        <Field setting={settingOf('lambda')} />
        <Stability />
      </div>
      <div className="group">
        <Field setting={settingOf('epochs')} />
        <Field setting={settingOf('learningRate')} />
      </div>
      <div className="group">
        <Field setting={settingOf('model')} />
        <StartingWeights />
        <DatasetField />
        <div className="field-pair">{DATA_KEYS.map((key) => <Field key={key} setting={settingOf(key)} />)}</div>
        <HandSplit />
      </div>
      {!hidden.has('advanced') && <Advanced />}
      <div className="group">
        <BackendField />
        <CopyLink />
      </div>
    </section>
  );
}

function Presets() {
  const lab = useLab();
  const form = useApp((state) => state.form);
  const lasts = useApp((state) => runLasts(state.lab));
  const between = useApp((state) => canContinue(state.lab));
  const current = PRESETS.find((preset) => matches(form, preset));
  return (
    <div className="presets">
      <div className="segmented segmented-wide" role="group" aria-label={t.presets}>
        {PRESETS.map((preset) => (
          <button key={preset.id} type="button" disabled={lasts} aria-pressed={preset === current} onClick={() => lab.applyPreset(preset)}>
            {preset.label}
          </button>
        ))}
      </div>
      <p className="field-note">{between ? t.branches : lasts ? t.locked : (current?.help ?? t.ownSettings)}</p>
    </div>
  );
}

/** Whether the settings are a preset's, data and seed aside. */
function matches(form: RunConfig, preset: Preset): boolean {
  const expected: RunConfig = { ...DEFAULT_CONFIG, ...preset.values, dataset: form.dataset, seed: form.seed };
  return SETTINGS.every(({ key }) => sameValue(form, expected, key));
}

function Stability() {
  const form = useApp((state) => state.form);
  // Before the first measurement Ω is zero and the product says nothing.
  const stability = useApp((state) => (state.lab.importances.length > 0 ? state.lab.stability : null));
  if (!methodHas(form.method, 'lambda')) return <p className="stability">{t.notOfMethod}</p>;
  if (!methodHas(form.method, 'penaltyStep')) return null;
  if (form.lambda === 0) return <p className="stability">{t.lambdaFree}</p>;
  const limit = stability?.limit ?? 2 * (1 + form.momentum);
  const diverges = stability !== null && form.penaltyStep === 'gradient' && stability.product >= limit;
  return (
    <p className="stability" data-bad={diverges || undefined} role={diverges ? 'alert' : undefined}>
      <span className="formula" title={t.stabilityHelp}>{t.stability} = {stability === null ? '–' : formatNumber(stability.product)}</span>{' '}
      {stability === null && form.penaltyStep === 'gradient'
        ? t.stabilityWaiting
        : diverges
          ? t.unstable(formatNumber(limit))
          : form.penaltyStep === 'gradient'
            ? t.stableGradient(formatNumber(limit))
            : t.stable}
    </p>
  );
}

function DatasetField() {
  const lab = useLab();
  const id = useId();
  const datasets = useApp((state) => state.lab.datasets);
  const dataset = useApp((state) => state.form.dataset);
  const lasts = useApp((state) => runLasts(state.lab));
  const hidden = useApp((state) => state.hidden.has('dataset'));
  if (hidden) return null;
  const known = datasets?.some((candidate) => candidate.id === dataset) ?? false;
  return (
    <div className="field field-select" title={lasts ? t.locked : settingOf('dataset').help}>
      <label htmlFor={id} className="field-label">{settingOf('dataset').label}</label>
      <div className="field-with-button">
        <select id={id} value={dataset} disabled={lasts} onChange={(event) => lab.chooseDataset(event.target.value)}>
          {datasets?.map((candidate) => <option key={candidate.id} value={candidate.id}>{candidate.name}</option>)}
          {!known && <option value={dataset}>{datasets === null ? dataset : t.unknownDataset(dataset)}</option>}
        </select>
        <ImportButton />
      </div>
    </div>
  );
}

/** The way to the panel where classes are moved between tasks. */
function HandSplit() {
  const lab = useLab();
  const hidden = useApp((state) => state.hidden.has('split'));
  if (hidden) return null;
  return <button type="button" className="wide" onClick={() => lab.openPanel({ kind: 'split' })}>{texts.handSplit.open}</button>;
}

function Advanced() {
  const form = useApp((state) => state.form);
  const shown = ADVANCED.filter((setting) => relevant(setting, form));
  return (
    <details className="advanced">
      <summary><Icon name="chevron" />{t.advanced}</summary>
      <div className="advanced-fields">
        {shown.map((setting) => (
          <Fragment key={setting.key}>
            <Field setting={setting} />
            {setting.key === 'importanceSource' && <ImportanceSet />}
          </Fragment>
        ))}
      </div>
    </details>
  );
}

/** Settings that only one method or choice reads are shown with it. */
function relevant(setting: Setting, form: RunConfig): boolean {
  if (!methodHas(form.method, setting.key)) return false;
  switch (setting.key) {
    case 'importanceBatch':
      return form.importance === 'batch';
    case 'omegaDecay':
      return form.accumulation === 'decay';
    default:
      return true;
  }
}

function BackendField() {
  const lab = useLab();
  const id = useId();
  const backend = useApp((state) => state.backend);
  const report = useApp((state) => state.lab.backend);
  const inTask = useApp((state) => activeTask(state.lab.phase) !== null || deviceTaken(state) !== null);
  const names: Readonly<Record<BackendChoice, string>> = texts.backend.choices;
  return (
    <div className="field field-select" title={inTask ? t.backendLocked : texts.backend.help}>
      <label htmlFor={id} className="field-label">{texts.backend.label}</label>
      <select id={id} value={backend} disabled={inTask} onChange={(event) => lab.chooseBackend(BACKEND_IDS.find((choice) => choice === event.target.value) ?? 'auto')}>
        {BACKEND_IDS.map((choice) => <option key={choice} value={choice}>{names[choice]}</option>)}
      </select>
      {report !== null && <p className="field-note">{report.reason}</p>}
    </div>
  );
}

function CopyLink() {
  const lab = useLab();
  const copy = (): void => {
    const link = new URL(lab.link() === '' ? location.pathname : lab.link(), location.href).href;
    navigator.clipboard.writeText(link).then(() => lab.say(t.linkCopied), () => lab.say(t.copyFailed(link)));
  };
  return <button type="button" className="wide" onClick={copy}><Icon name="link" />{t.copyLink}</button>;
}
