/**
 * The one table of settings. URL parameters, command-line flags, form controls and help all read it, and whatever comes from
 * outside enters through `config-text.ts`.
 */
import { METHOD_IDS, METHOD_LABELS, MODEL_IDS, MODEL_LABELS } from './config.ts';
import type { RunConfig } from './config.ts';

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
/** Lists of class ids, one a task; as text see `formatTaskLists`. */
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

/** A setting by its key. */
export function settingOf(key: keyof RunConfig): Setting {
  const found = SETTINGS.find((setting) => setting.key === key);
  if (!found) throw new Error(`no setting for ${key}`);
  return found;
}
