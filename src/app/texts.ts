/** Every word of the page, in one place, ready for translation. Functions where a number or a name goes in. */
import type { RunPhase } from '../core/protocol.ts';
import { formatList, formatPercent, formatPoints, formatWhole } from './format.ts';

const task = (index: number): string => `Task ${index + 1}`;

export const texts = {
  name: 'MAS Lab',
  tagline: 'Watch a network forget, and stop it',
  skipToCharts: 'Skip to the charts',
  task,

  status: {
    connecting: 'Starting',
    idle: 'Ready to train',
    preparing: (index: number) => `${task(index)}: getting its images ready`,
    training: (index: number, epoch: number, epochs: number) => `${task(index)}: training, epoch ${epoch + 1} of ${epochs}`,
    evaluating: (index: number) => `${task(index)}: testing every task so far`,
    measuring: (index: number) => `${task(index)}: measuring importance`,
    saving: (index: number) => `${task(index)}: saving`,
    paused: (index: number, epoch: number, epochs: number) => `Paused in ${task(index).toLowerCase()}, epoch ${epoch + 1} of ${epochs}`,
    ready: (finished: number, total: number) => `${finished} of ${total} tasks trained`,
    done: 'All tasks trained',
    failed: 'Stopped by an error',
  },
  stats: {
    speed: (imagesPerSecond: number) => `${formatWhole(imagesPerSecond)} images/s`,
    left: (duration: string) => `${duration} left`,
    stepMs: (ms: string) => `${ms} ms a step`,
    memory: (bytes: string) => `${bytes} on the device`,
  },

  backend: {
    names: { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'JavaScript' },
    choices: { auto: 'Automatic', webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'Plain JavaScript' },
    label: 'Backend',
    starting: 'Starting backend',
    why: 'Why this backend',
    adapter: 'Adapter',
    threads: 'Threads',
    kernels: 'Kernels',
    replaced: 'Replaced by stock operations on this device',
    memory: 'Memory on the device',
    help: 'Where the network is computed. Automatic takes a graphics card where there is one.',
  },

  run: {
    region: 'Run',
    trainAll: 'Train all tasks',
    trainTask: 'Train task',
    pause: 'Pause',
    resume: 'Resume',
    step: 'Step',
    stop: 'Stop',
    reset: 'Reset',
    downloadAll: 'Download all',
    downloadWait: 'There is something to download once a task is trained.',
    downloadTitle: 'Heads, shared model, importances, metrics and settings in one zip',
    format: 'File format',
    formats: { safetensors: 'safetensors', pytorch: 'PyTorch' },
    titles: {
      trainTask: 'Train only the next task, then wait',
      pause: 'Pause after this step',
      resume: 'Go on where it paused',
      step: 'One training step, then pause',
      stop: 'End this task’s training now; finished tasks are kept',
      reset: 'Clear the screen for a new run; stored runs stay',
    },
  },

  tasks: {
    region: 'Task sequence',
    waiting: 'Waiting',
    next: 'Next',
    training: (epoch: number, epochs: number) => `Epoch ${epoch + 1} of ${epochs}`,
    preparing: 'Getting images ready',
    evaluating: 'Testing',
    measuring: (done: number, total: number) => `Measuring importance ${formatPercent(total === 0 ? 0 : done / total)}`,
    saving: 'Saving',
    paused: 'Paused',
    learned: 'Learned',
    now: (accuracy: number | null) => formatPercent(accuracy),
    sinceLearned: (points: number) => (points === 0 ? 'kept' : points > 0 ? `${formatPoints(-points)} pts` : `${formatPoints(-points)} pts`),
    classes: (count: number) => `${formatWhole(count)} classes`,
    more: (count: number) => `+${formatWhole(count)}`,
    images: (train: number, test: number) => `${formatWhole(train)} training, ${formatWhole(test)} test images`,
    open: (index: number) => `Open ${task(index).toLowerCase()}`,
    loading: 'Cutting the data into tasks…',
    summary: (tasks: number, classes: number) => `${tasks} × ${classes} classes`,
  },

  charts: {
    accuracy: 'Accuracy',
    accuracyHint: 'On each task’s test images, while the network learns one task after another',
    matrix: 'Accuracy matrix',
    matrixHint: 'Row: after training this task. Column: tested on this task',
    forgetting: 'Forgetting',
    forgettingHint: 'From accuracy right after learning (ring) to accuracy now (dot)',
    loss: 'Loss',
    lossHint: 'What training makes smaller: error on the new task, and the pull back to important weights',
    crossEntropy: 'Cross-entropy',
    penalty: 'Penalty',
    penaltyFormula: 'λ Σ Ω (θ − θ*)²',
    nats: 'nats',
    steps: 'Training steps',
    step: 'Step',
    epoch: 'Epoch',
    importance: 'Importance',
    importanceHint: 'How strongly each weight moves the output: what MAS protects',
    empty: {
      accuracy: 'Each task’s accuracy appears here as it trains. Without protection, task 1 falls while task 2 is learned.',
      matrix: 'Fills one row a task.',
      forgetting: 'Shows what each task lost once a second one is learned.',
      loss: 'Appears with the first steps.',
      penalty: 'Begins with task 2, when there is something to keep.',
      importance: 'Measured right after each task, before the next one begins.',
    },
    table: 'Table',
    showTable: 'Show as a table',
    showChart: 'Show as a chart',
    chance: 'chance',
    rowAfter: (index: number) => `After ${task(index).toLowerCase()}`,
    rowNow: 'Now',
    onTask: (index: number) => `On ${task(index).toLowerCase()}`,
    hideSeries: (index: number) => `Hide ${task(index).toLowerCase()}`,
    showSeries: (index: number) => `Show ${task(index).toLowerCase()}`,
    readKeys: 'Arrow keys read values step by step.',
    learnedAt: 'right after learning',
    nowAt: 'now',
    tools: 'Chart options',
    smoothing: 'Smoothing',
    logScale: 'Log scale',
    save: (format: string) => `Save ${format}`,
    yAccuracy: 'Accuracy (%)',
  },

  importance: {
    after: 'Measured after',
    biases: 'Biases',
    layer: 'Layer',
    share: 'Share of Σ Ω',
    histogram: 'Ω, log scale',
    histogramOf: (name: string, mean: string, max: string) => `Histogram of importance in ${name}: mean ${mean}, maximum ${max}`,
    max: 'Max Ω',
    free: 'Free',
    drift: 'Drift',
    filters: 'First-layer filters',
    filtersHint: 'Most important first; the brighter the frame, the more important',
    filter: (share: string) => `Filter with ${share} of the most important one’s Ω`,
    help: {
      share: 'This layer’s part of all importance.',
      histogram: 'How many weights have which importance; heights are square roots, so that rare ones show.',
      max: 'The most important single weight.',
      free: 'Weights with importance exactly zero: later tasks may use them freely.',
      drift: 'Root mean square of θ − θ* since the previous task ended.',
    },
  },

  summary: {
    averageAccuracy: 'Average accuracy',
    averageForgetting: 'Average forgetting',
    learningAccuracy: 'Right after learning',
    bwt: 'Backward transfer',
    points: 'points',
    help: {
      averageAccuracy: 'Mean of the accuracies on all tasks learned so far, as they are now.',
      averageForgetting: 'Mean over all tasks but the last: accuracy right after learning minus accuracy now, in percentage points.',
      learningAccuracy: 'Mean of each task’s accuracy right after it was learned: how well new things are learned.',
      bwt: 'What learning later tasks did to earlier ones (Lopez-Paz and Ranzato 2017). Negative is forgetting.',
    },
  },

  settings: {
    region: 'Settings',
    presets: 'Presets',
    exact: (label: string) => `${label}, exact value`,
    locked: 'Fixed while this run lasts. Reset to change it.',
    live: 'Acts from the next step on.',
    advanced: 'Advanced settings',
    groups: { method: 'Method', training: 'Training', model: 'Model', data: 'Data', advanced: 'Advanced' },
    outOfRange: (label: string, min: number, max: number, integer: boolean) =>
      `${label} must be ${integer ? 'a whole number' : 'a number'} from ${min} to ${max}.`,
    lambdaFree: 'No protection: the network is free to forget.',
    stability: 'lr · 2λ · max Ω',
    stable: 'The proximal step is stable at every λ.',
    stableGradient: (limit: string) => `Stable below ${limit}.`,
    unstable: (limit: string) => `The gradient form diverges from ${limit} on. Lower λ or the learning rate, or take the proximal step.`,
    stabilityWaiting: 'Known once the first task is measured.',
    copyLink: 'Copy link',
    linkCopied: 'The link with these settings is on the clipboard.',
    copyFailed: (link: string) => `The clipboard is not available. The link is: ${link}`,
    importData: 'Import data',
    manageData: 'Datasets',
    unknownDataset: (id: string) => `${id} (not stored here)`,
  },

  data: {
    importFolder: 'Import folder',
    dropTitle: 'Drop to import',
    dropHint: 'tiny-imagenet-200.zip, Parquet, MNIST files, or a folder with one sub-folder a class',
    importing: 'Import',
    imported: 'Imported',
    opening: 'Opening…',
    importingName: (name: string) => `Importing ${name}`,
    importedName: (name: string) => `${name} is ready.`,
    cancel: 'Cancel',
    bytes: (done: string, total: string) => `${done} of ${total}`,
    images: (done: string, total: string | null) => (total === null ? `${done} images` : `${done} of ${total} images`),
    skipped: (count: string) => `${count} skipped`,
    skippedShow: (count: string) => `${count} files skipped: show which`,
    skippedMore: (count: string) => `and ${count} more`,
    stored: (classes: string, train: string, test: string, time: string) => `${classes} classes, ${train} training and ${test} test images, in ${time}.`,
  },

  messages: {
    dismiss: 'Dismiss',
    error: 'Error',
  },

  theme: { toLight: 'Switch to light', toDark: 'Switch to dark' },
  nav: { label: 'Panels', runs: 'Runs', data: 'Data', help: 'Help' },

  close: 'Close',
  list: formatList,
} as const;

/** What the status says of a phase. Coarse on purpose: screen readers speak every change. */
export function statusText(phase: RunPhase, connected: boolean, epochs: number, totalTasks: number): string {
  const { status } = texts;
  switch (phase.kind) {
    case 'idle':
      return connected ? status.idle : status.connecting;
    case 'preparing':
      return status.preparing(phase.task);
    case 'training':
      return status.training(phase.task, phase.epoch, epochs);
    case 'evaluating':
      return status.evaluating(phase.task);
    case 'measuring':
      return status.measuring(phase.task);
    case 'saving':
      return status.saving(phase.task);
    case 'paused':
      return status.paused(phase.task, phase.epoch, epochs);
    case 'ready':
      return status.ready(phase.finished, totalTasks);
    case 'done':
      return status.done;
    case 'failed':
      return status.failed;
  }
}
