/** Every word of the page, in one place, ready for translation. Functions where a number or a name goes in. */
import type { RunPhase } from '../core/protocol.ts';
import { formatList, formatPercent, formatPoints, formatWhole } from './format.ts';

const task = (index: number): string => `Task ${index + 1}`;
const points = (count: string): string => `${count} ${/^[−-]?1$/.test(count) ? 'point' : 'points'}`;

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
    summary: (tasks: number, classes: number) => `${tasks} × ${classes} classes`,
  },

  charts: {
    accuracy: 'Accuracy',
    accuracyHint: 'On each task’s own test images',
    matrix: 'Accuracy matrix',
    matrixHint: 'Row: trained up to. Column: tested on',
    forgetting: 'Forgetting',
    forgettingHint: 'Ring: right after learning. Dot: now',
    loss: 'Loss',
    lossHint: 'Error on the new task, and the pull back to important weights',
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
    readKeys: 'Arrow keys read values step by step; plus and minus zoom.',
    learnedAt: 'right after learning',
    nowAt: 'now',
    smoothing: 'Smoothing',
    logScale: 'Log scale',
    saveChart: (title: string) => `Save ${title.toLowerCase()}`,
    save: (format: string) => `Save ${format}`,
    zoomOut: 'Whole run',
    lookBack: 'Look back',
    now: 'Now',
    asOfStep: (step: string) => `As it was at step ${step}`,
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
    pull: 'Pull',
    held: 'Held',
    filters: 'First-layer filters',
    filtersHint: 'Most important first; the brighter the frame, the more important',
    filter: (share: string) => `Filter with ${share} of the most important one’s Ω`,
    help: {
      share: 'This layer’s part of all importance.',
      histogram: 'How many weights have which importance; heights are square roots, so that rare ones show.',
      max: 'The most important single weight.',
      free: 'Weights with importance exactly zero: later tasks may use them freely.',
      pull: 'At the present λ and learning rate: by how much one step takes a weight of mean importance back towards θ*.',
      held: 'At the present λ and learning rate: weights that one step takes back by more than 1 %. The others are free to learn.',
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
    ownSettings: 'Your own settings.',
    locked: 'Only λ, epochs and learning rate change while a run lasts. Reset frees the rest.',
    branches: 'Between tasks the method and training settings may change: the run then goes on as a branch.',
    backendLocked: 'Stop the current task to change the backend.',
    notOfMethod: 'The chosen method does not use it.',
    live: 'Acts from the next step on.',
    advanced: 'Advanced settings',
    importedWeights: (sha256: string) => `Imported (${sha256}…)`,
    randomWeights: 'Random, by the seed',
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
    bring: 'Bring data',
    bringHint: 'tiny-imagenet-200.zip, Parquet with images and labels, MNIST’s IDX files, or a folder with one sub-folder a class. Everything stays on this device.',
    address: 'From an address',
    importAddress: 'Import',
    storedHere: 'Stored here',
    listing: 'Listing…',
    drawn: 'drawn when needed',
    contents: (classes: string, train: string, test: string) => `${classes} classes, ${train} training and ${test} test images`,
    use: 'Use',
    inUse: 'In use',
    rename: 'Rename',
    nameOf: (name: string) => `New name of ${name}`,
    delete: 'Delete',
    deleteSure: (name: string) => `Delete ${name}?`,
    storage: 'Storage',
    quota: (used: string, quota: string) => `${used} of ${quota} used.`,
    persistent: 'The browser keeps it until you delete it.',
    evictable: 'The browser may delete it when the disk is full.',
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

  keep: 'Keep',
  fault: {
    title: 'The page has stopped',
    text: 'A fault of the page itself, not of your run: finished tasks are kept and can be resumed after a reload.',
    reload: 'Reload',
  },

  predict: {
    toggle: 'Predict first',
    first: 'Train task 1 first. Then predict what becomes of it.',
    wait: 'Once task 1 is learned, predict what becomes of it.',
    watch: 'Now watch the dotted line.',
    question: (next: number) => `What will happen to task 1 while ${task(next).toLowerCase()} is learned? Draw its curve into the chart, or set where it ends. Then choose Train task.`,
    end: 'Task 1 will end at',
    score: (error: string) => `Your curve was ${points(error)} off on average.`,
    ends: (expected: string, real: string) => `You expected task 1 to end at ${expected}; it ended at ${real}.`,
    reasons: {
      free: 'Nothing held the weights that task 1 relied on, so the new task took them.',
      held: 'The weights that mattered to task 1 were held near their values; the new task used the others.',
      weak: 'The pull was too weak: important weights moved all the same. Try a larger λ.',
      shared: 'Nothing was held, but what the new task learned happened to serve task 1 as well.',
    },
  },

  story: {
    unprotected: 'no protection',
    thisRun: 'this run',
    forgot: (protecting: boolean, lost: string, index: number, before: string, now: string) =>
      `${protecting ? 'Even with protection' : 'Without protection'}, the network lost ${points(lost)} on average of what it had learned. Worst is ${task(index).toLowerCase()}: ${before} right after learning, ${now} now.`,
    kept: (protecting: boolean, lost: string, learned: string) =>
      protecting
        ? `The network kept what it learned: it lost ${points(lost)} on average, and still learned each new task to ${learned}.`
        : `The network lost only ${points(lost)} on average, even without protection.`,
    gained: (gain: string, learned: string) => `Earlier tasks even gained ${points(gain)} on average from later ones, and each new task was learned to ${learned}.`,
    withMethod: (name: string) => `with ${name}`,
    without: 'without protection',
    against: (how: string, lost: string, otherHow: string, otherLost: string, accuracy: string, otherAccuracy: string) =>
      `The network lost ${points(lost)} on average ${how}, and ${otherLost} ${otherHow}. Average accuracy at the end: ${accuracy} against ${otherAccuracy}.`,
    expected: {
      waiting: 'This link carries the accuracies of the run it was made from. Train to compare.',
      same: 'The same as in the run that this link was made from, so far.',
      close: (points: string) => `Within tolerance of the run that this link was made from: at most ${points} apart.`,
      differs: (step: string) => `Differs from the run that this link was made from, from step ${step} on.`,
    },
    repeat: (method: string) => `Same run without ${method}`,
    removeOverlay: (name: string) => `Take ${name} off the charts`,
  },

  runs: {
    settingsTaken: 'The run’s settings are in the controls.',
    unfinished: 'Unfinished run',
    unfinishedTitle: (finished: number, total: number) => `A run stopped after ${finished} of ${total} tasks`,
    stored: 'Stored runs',
    none: 'Runs appear here once their first task is trained. They stay after the page is closed.',
    filter: 'Filter',
    order: 'Order',
    orders: { accuracy: 'Accuracy', forgetting: 'Forgetting', newest: 'Newest', branches: 'Branches' },
    onCharts: 'On charts',
    run: 'Run',
    difference: 'Difference',
    tasks: 'Tasks',
    actions: 'Actions',
    more: 'More',
    current: 'current',
    overlay: (name: string) => `Draw ${name} on the charts`,
    branchedFrom: (name: string | null, finished: number) => `branched from ${name ?? 'a deleted run'} after task ${finished}`,
    shape: (tasks: number, classes: number, epochs: number) => `${tasks} × ${classes} classes, ${epochs} epochs`,
    name: 'Name',
    note: 'Note',
    at: 'As it was',
    afterTask: (index: number) => `after ${task(index).toLowerCase()}`,
    open: 'Open here',
    openHint: 'Makes it the current run; change the method or λ and train on for a branch',
    busy: 'Stop the current task first',
    useSettings: 'Use its settings',
    delete: 'Delete',
    deleteSure: (name: string) => `Delete ${name}?`,
  },

  sweep: {
    title: 'Sweep λ',
    hint: 'Trains the present settings once for each λ and draws what is kept against what is lost.',
    values: 'Values of λ',
    start: 'Sweep',
    stop: 'Stop sweep',
    invalid: 'Give values of λ from 0 to 1,000,000, separated by commas.',
    running: (at: number, of: number, lambda: string) => `Run ${at} of ${of}, λ = ${lambda}`,
    done: 'Sweep finished.',
    stopped: 'Sweep stopped.',
  },

  files: {
    title: 'Files',
    head: (index: number) => `Head of ${task(index).toLowerCase()}`,
    shared: 'Shared model',
    importance: 'Importances',
    metricsCsv: 'Metrics, CSV',
    metricsJson: 'Metrics, JSON',
    config: 'Settings',
    run: 'Whole run',
  },

  taskPanel: {
    gone: 'This task is not part of the present settings.',
    learned: 'Right after learning',
    now: 'Now',
    nowShort: 'Now',
    then: 'Then',
    change: 'Change',
    untrained: 'Not trained yet. Its classes:',
    loading: 'Asking the network about its test images…',
    rewind: (index: number) => `Rewind to the end of ${task(index).toLowerCase()}`,
    samples: 'Test images, then and now',
    all: (count: number) => `All ${count}`,
    flips: {
      forgotten: (count: number) => `Forgotten ${count}`,
      kept: (count: number) => `Kept ${count}`,
      gained: (count: number) => `Learned later ${count}`,
      never: (count: number) => `Never right ${count}`,
      unknown: (count: number) => `Not recorded ${count}`,
    },
    noSamples: 'None of the sampled images.',
    showAll: 'Show all',
    cell: (label: string, said: string) => (label === said ? `${label}, recognised` : `${label}, taken for ${said}`),
    class: 'Class',
    perClass: 'Accuracy per class',
    confusion: 'Confusion matrix',
    confusionHint: 'Row: what it is. Column: what the network says. Choose a cell to see its images.',
    confusionCell: (label: string, said: string, count: string) => `${label} taken for ${said}: ${count}`,
  },

  help: {
    intro: 'A network learns one task after another. Learning a new task moves weights that earlier tasks rely on, and the network forgets. MAS measures which weights matter and holds them.',
    steps: [
      'Train all tasks. Watch task 1’s curve while task 2 is learned.',
      'Set Lambda to 0 and train again: nothing is protected, and the curve falls.',
      'Raise Lambda: important weights are held, and the curve stays.',
    ],
    tour: 'Take the tour',
    mathsTitle: 'Terms',
    terms: [
      { term: 'Importance', formula: 'Ω = 1/N Σₖ |∂‖F(xₖ)‖²/∂θ|', text: 'How strongly the network’s output reacts to a change of a weight, averaged over images. No labels are needed.', source: 'Aljundi et al., ECCV 2018, section 4.' },
      { term: 'Objective', formula: 'L = cross-entropy + λ Σ Ω (θ − θ*)²', text: 'θ* are the weights at the end of the previous task. Moving an important weight costs more.', source: 'Same paper, equation 4.' },
      { term: 'Lambda', formula: 'λ', text: 'How strong the pull back to θ* is. 0 is plain fine-tuning; very large values freeze whatever was important.', source: '' },
      { term: 'Forgetting', formula: 'R[j][j] − R[T][j]', text: 'Accuracy on task j right after learning it, minus accuracy after the last task.', source: 'Chaudhry et al., ECCV 2018.' },
      { term: 'Backward transfer', formula: 'mean (R[T][j] − R[j][j])', text: 'What later tasks did to earlier ones. Negative is forgetting.', source: 'Lopez-Paz and Ranzato, NeurIPS 2017.' },
      { term: 'Proximal step', formula: 'θ ← (θ̃ + 2 lr λ Ω θ*) / (1 + 2 lr λ Ω)', text: 'Takes the penalty’s step in closed form, so that no λ can make training diverge.', source: '' },
    ],
    shortcutsTitle: 'Shortcuts',
    shortcutsHint: 'They work while no field has the focus.',
    shortcuts: [
      { keys: 'T', does: 'Train all tasks' },
      { keys: 'N', does: 'Train the next task' },
      { keys: 'P', does: 'Pause or resume' },
      { keys: 'S', does: 'One step' },
      { keys: 'R', does: 'Runs' },
      { keys: 'D', does: 'Datasets' },
      { keys: '?', does: 'Help' },
      { keys: '← →', does: 'On a chart: read values step by step' },
      { keys: 'Esc', does: 'Close what is open' },
    ],
  },

  tour: {
    title: 'Tour',
    next: 'Next',
    back: 'Back',
    skip: 'Skip',
    end: 'Done',
    of: (at: number, total: number) => `${at} of ${total}`,
    stops: [
      { target: '[data-tour="train"]', title: 'One button', text: 'Trains the network on four tasks, one after another, right here in the page.' },
      { target: '[data-tour="accuracy"]', title: 'Watch task 1', text: 'Each line is one task’s accuracy. While task 2 is learned, see what becomes of task 1: a falling line is forgetting.' },
      { target: '[data-tour="lambda"]', title: 'Hold what matters', text: 'Lambda says how strongly important weights are held. At 0 the network forgets freely. You may move it while it trains.' },
    ],
  },

  messages: {
    dismiss: 'Dismiss',
    error: 'Error',
  },

  theme: { toLight: 'Switch to light', toDark: 'Switch to dark' },
  selfCheck: {
    title: 'Self-check',
    open: 'Self-check',
    intro: 'Every graphics card and driver differs. Here the lab proves itself on yours: each of its kernels against stock TensorFlow.js, full AlexNet against numbers that PyTorch computed, and the time of one training step. It takes about 250 MB of memory and some seconds.',
    run: 'Run the self-check',
    running: 'Checking…',
    busy: 'A run is training. Stop it, or wait for its end.',
    save: 'Save the report',
    allRight: (count: number) => `All ${count} checks are right on this device.`,
    someWrong: (count: number) => (count === 1 ? 'One check is wrong on this device.' : `${count} checks are wrong on this device.`),
    timing: 'Speed',
    times: (what: string, lab: string, stock: string, ratio: string) => `${what}: ${lab} ms, stock TensorFlow.js ${stock} ms (${ratio} times as long)`,
    network: 'The network against PyTorch',
    kernels: 'Kernels against stock operations',
    what: 'What',
    error: 'Error',
    verdict: 'Verdict',
    right: 'right',
    wrong: 'wrong',
  },

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
