/** Command-line flags to a config: `--flag value`, `--flag=value`, and bare flags. */
import { readFileSync } from 'node:fs';
import { DEFAULT_CONFIG, type RunConfig } from '../core/config.ts';
import { parseConfig, readConfig } from '../core/config-text.ts';
import { SETTINGS, type Setting } from '../core/settings.ts';
import { PRESETS } from '../core/presets.ts';
import { LabError } from '../core/errors.ts';
import { requireOwnSettings, withMethodLambda } from '../core/method-settings.ts';

/** Flags of every command that say what the settings start from, with what they expect. */
export const BASE_FLAGS: Readonly<Record<string, string>> = { preset: PRESETS.map(({ id }) => id).join(', '), config: 'FILE' };

/** How the description of a bare flag begins. */
export const NO_VALUE = '(no value)';

export interface ParsedArguments {
  readonly config: RunConfig;
  /** Flags of the command itself, by name without dashes. */
  readonly own: ReadonlyMap<string, string>;
  /** Settings that were given as flags. */
  readonly given: ReadonlySet<keyof RunConfig>;
  /** The others come from a config file rather than defaults or a preset. */
  readonly configFile: boolean;
}

/** The flag of a setting, as it is written. */
export function flagOf(setting: Setting): string {
  return `--${setting.flag}`;
}

/**
 * A λ that is not given is the method's own.
 * @param ownFlags the command's own flags beside the settings', with what they expect (nothing, or {@link NO_VALUE} and what it does, for a bare flag), for the error message
 * @throws LabError 'config-unknown' for a flag that does not exist, 'config-range' for a value out of range, 'config-conflict' for a
 *   flag of another method, 'data-missing' for a --config that cannot be read
 */
export function parseArguments(argv: readonly string[], ownFlags: Readonly<Record<string, string>>): ParsedArguments {
  const parsed = parseAnyMethod(argv, ownFlags);
  requireOwnSettings(parsed.config, parsed.given, flagOf);
  return parsed;
}

/** The same for a command that trains more than one method: whose flags are given is its own affair. */
export function parseAnyMethod(argv: readonly string[], ownFlags: Readonly<Record<string, string>>): ParsedArguments {
  const flags = readFlags(argv, new Set([...Object.keys(ownFlags), ...Object.keys(BASE_FLAGS), ...SETTINGS.map(({ flag }) => flag)]), isBare(ownFlags));
  const base = baseConfig(flags);
  const config = parseConfig((setting) => flags.get(setting.flag) ?? null, base, flagOf);
  return {
    config: withMethodLambda(config, flags.has('reg-lambda'), base),
    own: new Map([...flags].filter(([flag]) => flag in ownFlags)),
    configFile: flags.has('config'),
    given: new Set(SETTINGS.filter(({ flag }) => flags.has(flag)).map(({ key }) => key)),
  };
}

/** What the settings' flags override: a config file, or a preset, or the defaults. */
function baseConfig(flags: ReadonlyMap<string, string>): RunConfig {
  const id = flags.get('preset');
  const file = flags.get('config');
  if (id !== undefined && file !== undefined) throw new LabError('config-conflict', '--preset and --config both say where to start from.', 'Give one of them.');
  if (file !== undefined) return readConfig(readJson(file));
  if (id === undefined) return DEFAULT_CONFIG;
  const preset = PRESETS.find((candidate) => candidate.id === id);
  if (!preset) {
    const known = PRESETS.map((candidate) => candidate.id).join(', ');
    throw new LabError('config-unknown', `--preset is “${id}”, which is not one of: ${known}.`, `Give one of: ${known}.`);
  }
  if (preset.datasetKind === 'mnist' && !flags.has('data')) {
    throw new LabError('data-missing', `--preset ${id} is for MNIST, which the lab does not bring.`, 'Give the folder of its four IDX files with --data.');
  }
  return { ...DEFAULT_CONFIG, ...preset.values };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new LabError('data-missing', `--config ${file}: ${why}.`, 'Give the config.json of a run, or one that npm run compare wrote.', error);
  }
}

function isBare(ownFlags: Readonly<Record<string, string>>): (flag: string) => boolean {
  const settings = new Map<string, Setting>(SETTINGS.map((setting) => [setting.flag, setting]));
  return (flag) => ownFlags[flag] === '' || ownFlags[flag]?.startsWith(NO_VALUE) === true || settings.get(flag)?.kind === 'flag';
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
