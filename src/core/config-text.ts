/** Configs from text and JSON that came from outside, checked, and back to text. */
import { DEFAULT_CONFIG } from './config.ts';
import type { RunConfig } from './config.ts';
import { LabError } from './errors.ts';
import { SETTINGS, settingOf } from './settings.ts';
import type { NumberSetting, Setting } from './settings.ts';

/**
 * Typed settings from text, as links and command lines carry them.
 * @param read gives the text of a setting, or null where it is not given
 * @param base what is not given stays as in here
 * @throws LabError 'config-range', 'config-unknown' or 'config-conflict', naming the setting by `name(setting)`, what was given and what is allowed
 */
export function parseConfig(
  read: (setting: Setting) => string | null,
  base: RunConfig,
  name: (setting: Setting) => string,
): RunConfig {
  const config: Record<string, unknown> = { ...base };
  for (const setting of SETTINGS) {
    const text = read(setting);
    if (text !== null) config[setting.key] = parseSetting(setting, text, name(setting));
  }
  if (read(settingOf('manualTasks'))) config['split'] = handMade(read(settingOf('split')), name);
  return validateConfig(config as unknown as RunConfig);
}

/** The split of classes given by hand. @param split as given beside them @throws LabError 'config-conflict' for another one */
function handMade(split: string | null, name: (setting: Setting) => string): RunConfig['split'] {
  if (split === null || split === 'manual') return 'manual';
  const [classes, other] = [name(settingOf('manualTasks')), name(settingOf('split'))];
  throw new LabError('config-conflict', `${classes} assigns classes by hand, and ${other} is “${split}”.`, `Leave one of them out, or make ${other} “manual”.`);
}

function parseSetting(setting: Setting, text: string, name: string): unknown {
  switch (setting.kind) {
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !inRange(setting, value)) throw rangeError(setting, text, name);
      return value;
    }
    case 'choice':
      if (!setting.options.some((option) => option.value === text)) {
        const allowed = setting.options.map((option) => option.value).join(', ');
        throw new LabError('config-unknown', `${name} is “${text}”, which is not one of: ${allowed}.`, `Give one of: ${allowed}.`);
      }
      return text;
    case 'flag':
      return text !== '0' && text !== 'false';
    case 'text':
      return text;
    case 'tasks':
      return parseTaskLists(text, name);
  }
}

/** A setting's value as links and command lines carry it, the other way round from {@link parseConfig}. */
export function settingText(config: RunConfig, setting: Setting): string {
  switch (setting.kind) {
    case 'flag':
      return config[setting.key] === true ? '1' : '0';
    case 'tasks':
      return formatTaskLists(config.manualTasks ?? []);
    case 'number':
    case 'choice':
    case 'text':
      return String(config[setting.key]);
  }
}

/** Whether two configs have the same value of a setting: lists of classes by what is in them. */
export function sameValue(a: RunConfig, b: RunConfig, key: keyof RunConfig): boolean {
  return key === 'manualTasks' ? JSON.stringify(a.manualTasks) === JSON.stringify(b.manualTasks) : a[key] === b[key];
}

/** `a,b/c,d`: the classes of two tasks. What separates, where it is in an id, is percent-encoded. */
export function formatTaskLists(tasks: readonly (readonly string[])[]): string {
  return tasks.map((ids) => ids.map((id) => id.replace(/[%,/]/g, encodeURIComponent)).join(',')).join('/');
}

function parseTaskLists(text: string, name: string): readonly (readonly string[])[] | null {
  if (text.trim() === '') return null;
  try {
    return text.split('/').map((task) => task.split(',').map((id) => id.trim()).filter((id) => id !== '').map(decodeURIComponent));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new LabError('config-unknown', `${name} has a percent sign that stands for no character.`, 'Write a percent sign in a class id as %25, a comma as %2C, a slash as %2F.', error);
  }
}

function inRange(setting: NumberSetting, value: number): boolean {
  return Number.isFinite(value) && value >= setting.min && value <= setting.max && (!setting.integer || Number.isInteger(value));
}

function rangeError(setting: NumberSetting, found: string | number, name: string): LabError {
  const kind = setting.integer ? 'a whole number' : 'a number';
  return new LabError('config-range', `${name} is ${found === '' ? 'empty' : found}, but must be ${kind} from ${setting.min} to ${setting.max}.`,
    `Give ${kind} from ${setting.min} to ${setting.max}.`);
}

/**
 * A config from JSON that came from outside: a file, a stored run. Settings it does not have (it may be older than they are)
 * have their defaults; what is no setting is left out.
 * @throws LabError 'config-unknown' where it is not an object of settings; as {@link parseConfig}
 */
export function readConfig(json: unknown): RunConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new LabError('config-unknown', 'The config is not an object of settings.', 'Take the config.json of a lab’s download.');
  }
  const given = new Map<string, unknown>(Object.entries(json));
  const known = Object.keys(DEFAULT_CONFIG).filter((key) => given.has(key));
  const config = { ...DEFAULT_CONFIG, ...Object.fromEntries(known.map((key) => [key, given.get(key)])) };
  if (config.manualTasks !== null && !isManual(config.manualTasks)) {
    throw new LabError('config-unknown', 'manualTasks is not a list of tasks, each a list of class ids.', 'Take the config.json of a lab’s download.');
  }
  return validateConfig(config);
}

function isManual(value: unknown): boolean {
  return Array.isArray(value) && value.every((task) => Array.isArray(task) && task.every((id) => typeof id === 'string'));
}

/** Checks a whole config, wherever it came from (stored, imported, sent to the worker). @throws LabError as {@link parseConfig} */
export function validateConfig(config: RunConfig): RunConfig {
  for (const setting of SETTINGS) {
    const value: unknown = config[setting.key];
    if (setting.kind === 'number' && (typeof value !== 'number' || !inRange(setting, value))) {
      throw rangeError(setting, String(value), setting.label);
    }
    if (setting.kind === 'choice') parseSetting(setting, String(value), setting.label);
    const type = setting.kind === 'text' ? 'string' : setting.kind === 'flag' ? 'boolean' : null;
    if (type !== null && typeof value !== type) {
      throw new LabError('config-unknown', `${setting.label} is ${JSON.stringify(value)}, but must be a ${type}.`, `Give a ${type}.`);
    }
  }
  if (config.importanceSource === 'dataset' && config.importanceDataset === '') {
    throw new LabError('config-conflict', 'The importance source is another dataset, but none is named.', 'Name the importance dataset, or choose another source.');
  }
  if (config.importanceSource === 'dataset' && config.method === 'ewc' && config.fisherLabels === 'true') {
    throw new LabError('config-conflict', 'EWC’s Fisher information with true labels needs images of the task, not of another dataset.', 'Choose Fisher labels “Sampled from the model”, or another importance source.');
  }
  if (config.split === 'manual' && !config.manualTasks) {
    throw new LabError('config-conflict', 'The split is “By hand”, but no classes are assigned to tasks.', 'Assign classes to tasks, or choose another split.');
  }
  return config.split === 'manual' ? { ...config, ...handCounts(config.manualTasks ?? []) } : config;
}

/** Tasks and classes per task that a split by hand comes to; of tasks of several sizes, the largest. */
export function handCounts(manualTasks: readonly (readonly string[])[]): Pick<RunConfig, 'tasks' | 'classesPerTask'> {
  return { tasks: Math.max(1, manualTasks.length), classesPerTask: Math.max(2, ...manualTasks.map((ids) => ids.length)) };
}
