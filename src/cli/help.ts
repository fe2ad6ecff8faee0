/** What `--help` prints: every flag with its range, default and meaning, from the one table of settings. */
import { DEFAULT_CONFIG } from '../core/config.ts';
import { settingText } from '../core/config-text.ts';
import { SETTINGS, type Setting } from '../core/settings.ts';
import { BASE_FLAGS, NO_VALUE } from './arguments.ts';

/** @param ownFlags the command's own flags, with what they expect */
export function helpText(usage: string, ownFlags: Readonly<Record<string, string>>): string {
  const own = Object.entries(ownFlags).map(([flag, expects]) => [`--${flag}`, expects, ''] as const);
  const base = Object.entries(BASE_FLAGS).map(([flag, expects]) => [`--${flag}`, expects, 'Settings to start from; flags override them.'] as const);
  const settings = SETTINGS.map((setting) => [`--${setting.flag}`, `${expects(setting)} [${settingText(DEFAULT_CONFIG, setting)}]`, setting.help] as const);
  const rows = [...own, ...base, ...settings].map(([flag, what, help]) => `  ${flag.padEnd(24)} ${what}${help === '' ? '' : `\n${' '.repeat(27)}${help}`}`);
  return `${usage}\n\n${rows.join('\n')}\n`;
}

function expects(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return `${setting.integer ? 'whole number' : 'number'} from ${setting.min} to ${setting.max}`;
    case 'choice':
      return setting.options.map(({ value }) => value).join(', ');
    case 'flag':
      return NO_VALUE;
    case 'text':
      return 'text';
    case 'tasks':
      return 'a,b/c,d';
  }
}
