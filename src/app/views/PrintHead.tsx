/** On paper only: what the printed run was, for the settings themselves are not printed. */
import { DEFAULT_CONFIG } from '../../core/config.ts';
import { sameValue, settingText } from '../../core/config-text.ts';
import { SETTINGS } from '../../core/settings.ts';
import type { RunConfig } from '../../core/config.ts';
import type { Setting } from '../../core/settings.ts';
import { methodHas } from '../../core/method-settings.ts';
import { formatNumber } from '../format.ts';
import { useApp } from '../lab-context.ts';
import { texts } from '../texts.ts';

/** Always given; the others where they differ from their defaults. */
const ALWAYS: ReadonlySet<keyof RunConfig> = new Set(['method', 'lambda', 'dataset', 'model', 'tasks', 'classesPerTask', 'epochs', 'learningRate', 'batchSize', 'seed']);

export function PrintHead() {
  const config = useApp((state) => state.lab.runConfig);
  const datasets = useApp((state) => state.lab.datasets);
  const backend = useApp((state) => state.lab.backend);
  if (config === null) return null;
  const said = (setting: Setting): string => {
    if (setting.key === 'dataset') return datasets?.find(({ id }) => id === config.dataset)?.name ?? config.dataset;
    if (setting.kind === 'number') return formatNumber(config[setting.key]);
    const text = settingText(config, setting);
    return setting.kind === 'choice' ? (setting.options.find(({ value }) => value === text)?.label ?? text) : text;
  };
  const shown = SETTINGS.filter((setting) => methodHas(config.method, setting.key) && (ALWAYS.has(setting.key) || !sameValue(config, DEFAULT_CONFIG, setting.key)));
  return (
    <dl className="print-head">
      {shown.map((setting) => <div key={setting.key}><dt>{setting.label}</dt><dd>{said(setting)}</dd></div>)}
      {backend !== null && <div><dt>{texts.backend.label}</dt><dd>{texts.backend.names[backend.name]}</dd></div>}
    </dl>
  );
}
