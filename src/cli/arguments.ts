/** Command-line flags to a config: `--flag value`, `--flag=value`, and bare flags. */
import { DEFAULT_CONFIG, parseConfig, PRESETS, SETTINGS, type RunConfig, type Setting } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { requireOwnSettings, withMethodLambda } from '../core/method-settings.ts';

export interface ParsedArguments {
  readonly config: RunConfig;
  /** Flags of the command itself, by name without dashes. */
  readonly own: ReadonlyMap<string, string>;
}

/**
 * A λ that is not given is the method's own.
 * @param ownFlags the command's own flags beside the settings', with what they expect ('' for a bare flag), for the error message
 * @throws LabError 'config-unknown' for a flag that does not exist, 'config-range' for a value out of range, 'config-conflict' for a
 *   flag of another method
 */
export function parseArguments(argv: readonly string[], ownFlags: Readonly<Record<string, string>>): ParsedArguments {
  const given = readFlags(argv, new Set([...Object.keys(ownFlags), 'preset', ...SETTINGS.map(({ flag }) => flag)]), isBare(ownFlags));
  const preset = given.get('preset');
  const flagOf = (setting: Setting): string => `--${setting.flag}`;
  const config = parseConfig((setting) => given.get(setting.flag) ?? null, presetConfig(preset), flagOf);
  requireOwnSettings(config, SETTINGS.filter(({ flag }) => given.has(flag)).map(({ key }) => key), flagOf);
  const own = new Map([...given].filter(([flag]) => flag in ownFlags));
  return { config: withMethodLambda(config, given.has('reg-lambda')), own };
}

function presetConfig(id: string | undefined): RunConfig {
  if (id === undefined) return DEFAULT_CONFIG;
  const preset = PRESETS.find((candidate) => candidate.id === id);
  if (!preset) {
    const known = PRESETS.map((candidate) => candidate.id).join(', ');
    throw new LabError('config-unknown', `--preset is “${id}”, which is not one of: ${known}.`, `Give one of: ${known}.`);
  }
  return { ...DEFAULT_CONFIG, ...preset.values };
}

function isBare(ownFlags: Readonly<Record<string, string>>): (flag: string) => boolean {
  const settings = new Map<string, Setting>(SETTINGS.map((setting) => [setting.flag, setting]));
  return (flag) => ownFlags[flag] === '' || settings.get(flag)?.kind === 'flag';
}

function readFlags(argv: readonly string[], known: ReadonlySet<string>, bare: (flag: string) => boolean): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const [flag, inline] = word.startsWith('--') ? splitFlag(word.slice(2)) : ['', null];
    if (!known.has(flag)) {
      throw new LabError('config-unknown', `${word} is not a flag of this command.`, `Flags: ${[...known].map((name) => `--${name}`).join(' ')}.`);
    }
    if (inline !== null) given.set(flag, inline);
    else if (bare(flag)) given.set(flag, '1');
    else {
      const value = argv[++i];
      if (value === undefined) throw new LabError('config-range', `--${flag} needs a value.`, `Write --${flag} VALUE.`);
      given.set(flag, value);
    }
  }
  return given;
}

function splitFlag(text: string): [string, string | null] {
  const at = text.indexOf('=');
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
