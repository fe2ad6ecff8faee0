/** What `--help` prints: every flag with its range, default and meaning, from the one table of settings. */
import { DEFAULT_CONFIG, PRESETS, SETTINGS, type Setting } from '../core/config.ts';

/** @param ownFlags the command's own flags, with what they expect */
export function helpText(usage: string, ownFlags: Readonly<Record<string, string>>): string {
  const own = Object.entries(ownFlags).map(([flag, expects]) => [`--${flag}`, expects, ''] as const);
  const preset = ['--preset', PRESETS.map(({ id }) => id).join(', '), 'Values to start from; flags override them.'] as const;
  const settings = SETTINGS.map((setting) => [`--${setting.flag}`, `${expects(setting)} [${String(DEFAULT_CONFIG[setting.key])}]`, setting.help] as const);
  const rows = [...own, preset, ...settings].map(([flag, what, help]) => `  ${flag.padEnd(24)} ${what}${help === '' ? '' : `\n${' '.repeat(27)}${help}`}`);
  return `${usage}\n\n${rows.join('\n')}\n`;
}

function expects(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return `${setting.integer ? 'whole number' : 'number'} from ${setting.min} to ${setting.max}`;
    case 'choice':
      return setting.options.map(({ value }) => value).join(', ');
    case 'flag':
      return '(no value)';
    case 'text':
      return 'text';
  }
}
