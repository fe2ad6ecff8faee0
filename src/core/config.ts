/**
 * The one table of settings. Defaults, URL parameters, command-line flags, form controls and help all read it, and whatever
 * comes from outside enters through {@link parseConfig}.
 */
import { LabError } from './errors.ts';

export const MODEL_IDS = ['alexnet-compact', 'alexnet-64', 'alexnet-224', 'mlp', 'small-conv'] as const;
export type ModelId = (typeof MODEL_IDS)[number];

export const METHOD_IDS = ['mas', 'ewc', 'si', 'rwalk', 'lwf', 'finetune', 'frozen', 'replay', 'joint'] as const;
export type MethodId = (typeof METHOD_IDS)[number];

export const IMPORTANCE_IDS = ['global', 'batch', 'vector-l1', 'vector-l2', 'local'] as const;
export type ImportanceId = (typeof IMPORTANCE_IDS)[number];

export const BACKEND_IDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof BACKEND_IDS)[number];

/** Everything that, with the data, determines a run. Plain JSON. */
export interface RunConfig {
  dataset: string;
  model: ModelId;
  /** The imported weights that the backbone starts from: the SHA-256 of the file they came in; '' for random ones by the seed. */
  initialWeights: string;
  method: MethodId;
  lambda: number;
  epochs: number;
  learningRate: number;
  batchSize: number;
  tasks: number;
  classesPerTask: number;
  seed: number;
  split: 'random' | 'ordered' | 'semantic' | 'manual';
  /** Class ids per task, for split 'manual'; '<dataset>:<class>' names a class of another stored dataset. */
  manualTasks: readonly (readonly string[])[] | null;
  penaltyStep: 'proximal' | 'gradient';
  importance: ImportanceId;
  importanceImages: number;
  importanceSource: 'train' | 'test' | 'dataset';
  /** Id of the dataset that importance is measured on, for source 'dataset'. */
  importanceDataset: string;
  /** Ids of the classes that importance is measured on, separated by commas; '' for all. */
  importanceClasses: string;
  importanceBatch: number;
  fisherLabels: 'true' | 'sampled';
  accumulation: 'sum' | 'mean' | 'decay';
  omegaDecay: number;
  omegaNormalization: 'none' | 'layer' | 'global';
  momentum: number;
  weightDecay: number;
  lrDecayEvery: number;
  lrDecayFactor: number;
  trainableConvLayers: number;
  /** −1 = the model's own (0.5 for full AlexNet, 0 for the others). */
  dropout: number;
  augment: boolean;
  evalCap: number;
  /** Steps between measurements right after a task switch; 0: none. */
  stabilityEvery: number;
  replayPerClass: number;
  temperature: number;
  siXi: number;
}

type NumberKey = { [K in keyof RunConfig]: RunConfig[K] extends number ? K : never }[keyof RunConfig];

interface SettingBase<K extends keyof RunConfig> {
  readonly key: K;
  /** Query parameter. */
  readonly url: string;
  /** Command-line flag, without dashes. */
  readonly flag: string;
  /** Accessible name of its control. */
  readonly label: string;
  readonly help: string;
  /** May change while a run trains, from the next step on. */
  readonly live: boolean;
  readonly group: 'method' | 'training' | 'model' | 'data' | 'advanced';
}
export interface NumberSetting extends SettingBase<NumberKey> {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** 'log' sliders are logarithmic with zero at the left end. */
  readonly scale: 'linear' | 'log';
}
export interface ChoiceSetting extends SettingBase<Exclude<keyof RunConfig, NumberKey>> {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: string; readonly label: string }[];
}
export interface FlagSetting extends SettingBase<Exclude<keyof RunConfig, NumberKey>> {
  readonly kind: 'flag';
}
export interface TextSetting extends SettingBase<Exclude<keyof RunConfig, NumberKey>> {
  readonly kind: 'text';
}
/** Lists of class ids, one a task; as text see {@link formatTaskLists}. */
export interface TasksSetting extends SettingBase<'manualTasks'> {
  readonly kind: 'tasks';
}
export type Setting = NumberSetting | ChoiceSetting | FlagSetting | TextSetting | TasksSetting;

const number = (
  key: NumberKey,
  url: string,
  flag: string,
  label: string,
  group: SettingBase<NumberKey>['group'],
  range: { min: number; max: number; integer?: boolean; scale?: 'log'; live?: boolean },
  help: string,
): NumberSetting => ({
  kind: 'number', key, url, flag, label, help, group,
  live: range.live ?? false, min: range.min, max: range.max, integer: range.integer ?? false, scale: range.scale ?? 'linear',
});
const choice = (
  key: ChoiceSetting['key'],
  url: string,
  flag: string,
  label: string,
  group: SettingBase<NumberKey>['group'],
  options: readonly (readonly [string, string])[],
  help: string,
): ChoiceSetting => ({
  kind: 'choice', key, url, flag, label, help, group, live: false,
  options: options.map(([value, text]) => ({ value, label: text })),
});

export const METHOD_LABELS: Readonly<Record<MethodId, string>> = {
  mas: 'MAS (Memory Aware Synapses)',
  ewc: 'EWC (elastic weight consolidation)',
  si: 'SI (synaptic intelligence)',
  rwalk: 'RWalk (Riemannian walk)',
  lwf: 'LwF (learning without forgetting)',
  finetune: 'Fine-tuning (no protection)',
  frozen: 'Frozen backbone (new heads only)',
  replay: 'Experience replay (small memory)',
  joint: 'Joint training (upper bound)',
};

export const MODEL_LABELS: Readonly<Record<ModelId, string>> = {
  'alexnet-compact': 'AlexNet compact (trains on a CPU)',
  'alexnet-64': 'AlexNet, 64-pixel images',
  'alexnet-224': 'AlexNet, 224-pixel images (the paper’s)',
  mlp: 'Two-layer perceptron (MNIST)',
  'small-conv': 'Small convolutional net (MNIST)',
};

export const SETTINGS: readonly Setting[] = [
  choice('method', 'method', 'method', 'Method', 'method', METHOD_IDS.map((id) => [id, METHOD_LABELS[id]] as const),
    'How earlier tasks are protected while a new one is learned.'),
  number('lambda', 'lambda', 'reg-lambda', 'Lambda', 'method', { min: 0, max: 1e6, scale: 'log', live: true },
    'Strength λ of the pull that holds important weights near their values after the previous task. 0 protects nothing.'),
  number('epochs', 'epochs', 'num-epochs', 'Epochs per task', 'training', { min: 1, max: 200, integer: true, live: true },
    'Passes over a task’s training images.'),
  number('learningRate', 'lr', 'init-lr', 'Learning rate', 'training', { min: 1e-6, max: 1, scale: 'log', live: true },
    'Size of each SGD step.'),
  number('batchSize', 'batch', 'batch-size', 'Batch size', 'training', { min: 1, max: 512, integer: true }, 'Images per step.'),
  number('trainableConvLayers', 'conv', 'num-freeze-layers', 'Trainable conv layers', 'model', { min: 0, max: 5, integer: true },
    'How many convolutional layers, counted from the last, are trained. The others stay as initialised or loaded.'),
  choice('model', 'model', 'model', 'Model', 'model', MODEL_IDS.map((id) => [id, MODEL_LABELS[id]] as const), 'The network.'),
  {
    kind: 'text', key: 'initialWeights', url: 'weights', flag: 'weights', label: 'Starting weights', group: 'model', live: false,
    help: 'What the backbone starts from: random weights by the seed, or imported ones (on the command line their file; in a link the SHA-256 of it).',
  },
  { kind: 'text', key: 'dataset', url: 'dataset', flag: 'data', label: 'Dataset', group: 'data', live: false, help: 'Where the images come from.' },
  number('tasks', 'tasks', 'tasks', 'Tasks', 'data', { min: 1, max: 100, integer: true }, 'How many tasks the classes are cut into.'),
  number('classesPerTask', 'classesPerTask', 'classes-per-task', 'Classes per task', 'data', { min: 2, max: 1000, integer: true }, 'Classes in each task.'),
  {
    // Before the split, which is refused as “By hand” where nothing is assigned.
    kind: 'tasks', key: 'manualTasks', url: 'classes', flag: 'classes', label: 'Classes by hand', group: 'data', live: false,
    help: 'For the split “By hand”: the class ids of each task, apart by commas, tasks apart by slashes; <dataset>:<class> takes one from another stored dataset, * all of them.',
  },
  choice('split', 'split', 'split', 'Split', 'data', [['random', 'Random, by seed'], ['ordered', 'In order'], ['semantic', 'By meaning'], ['manual', 'By hand']],
    'How classes are assigned to tasks.'),
  number('seed', 'seed', 'seed', 'Seed', 'data', { min: 0, max: 4294967295, integer: true },
    'Initial weights, split, shuffling and augmentation all follow from it.'),
  choice('importance', 'importance', 'importance', 'Importance', 'method',
    [['global', 'Global, exact per image'], ['batch', 'Global, batch approximation'], ['vector-l1', 'Vector output (L1)'], ['vector-l2', 'Vector output (L2)'], ['local', 'Local (Hebbian)']],
    'Which form of MAS measures a weight’s importance Ω.'),
  number('importanceImages', 'importanceImages', 'importance-images', 'Importance images', 'method', { min: 1, max: 100000, integer: true },
    'How many images Ω is averaged over after each task.'),
  choice('importanceSource', 'importanceSource', 'importance-source', 'Importance source', 'method', [['train', 'Training images'], ['test', 'Test images'], ['dataset', 'Another dataset']],
    'MAS needs no labels, so any images will do, also your own: what the network says of them is what is kept.'),
  {
    kind: 'text', key: 'importanceDataset', url: 'importanceDataset', flag: 'importance-data', label: 'Importance dataset', group: 'advanced', live: false,
    help: 'The dataset whose images importance is measured on through the current head, for the source “Another dataset”.',
  },
  {
    kind: 'text', key: 'importanceClasses', url: 'importanceClasses', flag: 'importance-classes', label: 'Importance classes', group: 'advanced', live: false,
    help: 'Ids of the classes whose images importance is measured on, separated by commas; empty for all.',
  },
  number('importanceBatch', 'importanceBatch', 'importance-batch', 'Importance batch', 'advanced', { min: 1, max: 1000, integer: true },
    'Images per batch of the batch approximation (the authors used 200).'),
  choice('penaltyStep', 'penaltyStep', 'penalty-step', 'Penalty step', 'method', [['proximal', 'Proximal (stable for every λ)'], ['gradient', 'Gradient (as PyTorch and the authors)']],
    'How the penalty enters the update.'),
  choice('fisherLabels', 'fisherLabels', 'fisher-labels', 'Fisher labels', 'advanced', [['true', 'True labels'], ['sampled', 'Sampled from the model']],
    'Labels of EWC’s empirical Fisher information.'),
  choice('accumulation', 'accumulation', 'accumulation', 'Accumulation', 'advanced', [['sum', 'Sum (as the paper)'], ['mean', 'Running mean'], ['decay', 'Decay γ']],
    'How Ω of a new task joins the Ω of earlier ones.'),
  number('omegaDecay', 'omegaDecay', 'omega-decay', 'Decay γ', 'advanced', { min: 0, max: 1 }, 'Ω ← γ Ω_previous + Ω_new, for accumulation by decay.'),
  choice('omegaNormalization', 'omegaNormalization', 'omega-normalization', 'Ω normalisation', 'advanced', [['none', 'None'], ['layer', 'Per layer'], ['global', 'Global']],
    'Divides Ω by its maximum, per layer or over all.'),
  number('momentum', 'momentum', 'momentum', 'Momentum', 'training', { min: 0, max: 0.999 }, 'Of SGD.'),
  number('weightDecay', 'weightDecay', 'weight-decay', 'Weight decay', 'advanced', { min: 0, max: 1 }, 'L2, added to the gradient.'),
  number('lrDecayEvery', 'lrDecayEvery', 'lr-decay-every', 'Rate decay period', 'advanced', { min: 1, max: 10000, integer: true }, 'Epochs between decays of the learning rate.'),
  number('lrDecayFactor', 'lrDecayFactor', 'lr-decay-factor', 'Rate decay factor', 'advanced', { min: 0.001, max: 1 }, 'The learning rate is multiplied by this each period.'),
  number('dropout', 'dropout', 'dropout', 'Dropout', 'model', { min: -1, max: 0.95 }, 'Rate; −1 takes the model’s own.'),
  { kind: 'flag', key: 'augment', url: 'augment', flag: 'augment', label: 'Augmentation', group: 'training', live: false, help: 'Random crop and mirror of training images.' },
  number('evalCap', 'evalCap', 'eval-cap', 'Evaluation sample', 'advanced', { min: 1, max: 100000, integer: true },
    'Test images per task measured after each epoch; all are measured after each task.'),
  number('stabilityEvery', 'stabilityEvery', 'stability-every', 'Dip measurement', 'advanced', { min: 0, max: 1000, integer: true },
    'Every so many of a later task’s first 100 steps, the tasks so far are tested on the evaluation sample, to see how deep they dip. 0: never.'),
  number('replayPerClass', 'replayPerClass', 'replay-per-class', 'Replay images per class', 'method', { min: 1, max: 1000, integer: true }, 'Size of the memory of experience replay.'),
  number('temperature', 'temperature', 'temperature', 'Temperature', 'method', { min: 0.1, max: 100 }, 'T of LwF’s distillation.'),
  number('siXi', 'siXi', 'si-xi', 'SI damping ξ', 'advanced', { min: 1e-9, max: 1 }, 'Keeps SI’s importance finite where a weight hardly moved.'),
];

/** The "Quick look" preset, which is what a first visit runs. */
export const DEFAULT_CONFIG: RunConfig = {
  dataset: 'builtin',
  model: 'alexnet-compact',
  initialWeights: '',
  method: 'mas',
  lambda: 1,
  epochs: 6,
  learningRate: 0.01,
  batchSize: 32,
  tasks: 4,
  classesPerTask: 5,
  seed: 0,
  split: 'random',
  manualTasks: null,
  penaltyStep: 'proximal',
  importance: 'global',
  importanceImages: 300,
  importanceSource: 'train',
  importanceDataset: '',
  importanceClasses: '',
  importanceBatch: 200,
  fisherLabels: 'true',
  accumulation: 'sum',
  omegaDecay: 0.5,
  omegaNormalization: 'none',
  momentum: 0.9,
  weightDecay: 0,
  lrDecayEvery: 20,
  lrDecayFactor: 0.1,
  trainableConvLayers: 5,
  dropout: -1,
  augment: false,
  evalCap: 100,
  stabilityEvery: 0,
  replayPerClass: 10,
  temperature: 2,
  siXi: 0.001,
};

/** A setting by its key. */
export function settingOf(key: keyof RunConfig): Setting {
  const found = SETTINGS.find((setting) => setting.key === key);
  if (!found) throw new Error(`no setting for ${key}`);
  return found;
}

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
