/** A lab that trains nothing: it replays a plausible run through the real protocol, for working on the page without a worker. */
import { createRandom } from '../../src/core/random.ts';
import type { Random } from '../../src/core/random.ts';
import type { RunConfig } from '../../src/core/config.ts';
import { LabError } from '../../src/core/errors.ts';
import { metricsOf } from '../../src/core/metrics.ts';
import type { DatasetSummary } from '../../src/core/dataset-summary.ts';
import type { ImportanceSummary } from '../../src/core/importance-summary.ts';
import type { Command, EvaluationPoint, LabApi, LabEvent, RunHistory, RunSummary, StepPoint, TaskSummary, WeightsSummary, Thumbnail } from '../../src/core/protocol.ts';

const SHAPES = ['disc', 'square', 'triangle', 'star', 'cross', 'ring', 'crescent', 'heart'];
const FILLS = ['plain', 'striped', 'dotted', 'checked', 'ringed'];
const CLASSES = SHAPES.flatMap((shape) => FILLS.map((fill) => ({ id: `${fill}-${shape}`, name: `${fill} ${shape}` })));
const LAYERS: readonly (readonly [string, number])[] = [
  ['features.0', 2400], ['features.3', 51200], ['features.6', 55296], ['features.8', 55296], ['features.10', 36864], ['classifier.1', 589824], ['classifier.4', 65536],
];

export interface FakeOptions {
  /** Milliseconds between ticks; each tick is one training step. */
  readonly tickMs: number;
  readonly stepsPerEpoch: number;
  /** Steps between evaluations; an epoch where it is left out. */
  readonly evaluateEvery?: number;
  /** Begins in the last task, with this many of its steps done: charts as full as after hours of training. */
  readonly filledSteps?: number;
}

interface Run {
  id: string;
  config: RunConfig;
  tasks: readonly TaskSummary[];
  steps: StepPoint[];
  evaluations: EvaluationPoint[];
  importances: ImportanceSummary[];
  matrix: (number | null)[][];
  parent: RunSummary['parent'];
  name: string;
  note: string;
}

/** @returns a LabApi that behaves like the worker's in the order and rate of its events */
export function createFakeLab(options: FakeOptions): LabApi {
  let deliver: (events: readonly LabEvent[]) => void = () => undefined;
  let waiting: LabEvent[] = [];
  let flushTimer: ReturnType<typeof setTimeout> | null = null;
  /** Collected and sent together, at the worker's rate; what a person waits for goes at once. */
  const emit = (events: readonly LabEvent[]): void => {
    waiting.push(...events);
    const urgent = events.some((event) => !['steps', 'speed'].includes(event.kind) && !(event.kind === 'phase' && event.phase.kind === 'training'));
    if (flushTimer !== null && !urgent) return;
    if (flushTimer !== null) clearTimeout(flushTimer);
    const flush = (): void => {
      flushTimer = null;
      const batch = waiting;
      waiting = [];
      deliver(batch);
    };
    if (urgent) flush();
    else flushTimer = setTimeout(flush, 100);
  };
  const runs: Run[] = [];
  let run: Run | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let scope: 'all' | 'task' = 'all';
  let position = { task: 0, epoch: 0, step: 0 };
  let mode: 'idle' | 'training' | 'paused' = 'idle';
  let once = false;
  let random: Random = createRandom(0, 'fake');
  let weights: readonly WeightsSummary[] = [];
  let datasets: DatasetSummary[] = [
    { id: 'builtin', name: 'Shapes × fills (built in)', kind: 'builtin', source: 'drawn in the page', imageSize: 64, classCount: 40, trainCount: 8000, testCount: 1600, sizeBytes: 0, importedAt: null, skippedCount: 0, tasks: null, arriving: false },
    { id: 'mnist', name: 'MNIST', kind: 'mnist', source: 'train-images-idx3-ubyte.gz', imageSize: 28, classCount: 10, trainCount: 60000, testCount: 10000, sizeBytes: 11_594_722, importedAt: '2026-01-04T10:20:00Z', skippedCount: 0, tasks: null, arriving: false },
  ];

  const plan = (config: RunConfig): readonly TaskSummary[] => {
    const dataset = datasets.find((candidate) => candidate.id === config.dataset);
    if (!dataset) throw new LabError('data-missing', `The dataset “${config.dataset}” is not stored here.`, 'Import it, or choose another dataset.');
    if (config.tasks * config.classesPerTask > dataset.classCount) {
      throw new LabError('data-mismatch', `${config.tasks} × ${config.classesPerTask} classes are ${config.tasks * config.classesPerTask}, but “${dataset.name}” has ${dataset.classCount}.`, 'Take fewer tasks or fewer classes a task, or import a larger dataset.');
    }
    const draw = createRandom(config.seed, 'split');
    const order = [...CLASSES].map((entry) => ({ entry, key: draw.uniform() })).sort((a, b) => a.key - b.key).map(({ entry }) => entry);
    return Array.from({ length: config.tasks }, (_, index) => ({
      index,
      classes: order.slice(index * config.classesPerTask, (index + 1) * config.classesPerTask),
      trainCount: options.stepsPerEpoch * config.batchSize,
      testCount: 200,
    }));
  };

  const summaryOf = (of: Run): RunSummary => ({
    id: of.id, name: of.name, note: of.note, config: of.config, createdAt: '2026-01-05T09:00:00Z', updatedAt: '2026-01-05T09:03:00Z',
    finishedTasks: of.matrix.length, metrics: metricsOf(of.matrix), parent: of.parent, backend: 'wasm',
  });
  const historyOf = (of: Run): RunHistory => ({ summary: summaryOf(of), tasks: of.tasks, steps: of.steps, evaluations: of.evaluations, importances: of.importances });
  const emitRuns = (): void => emit([{ kind: 'runs', runs: runs.map(summaryOf).toReversed() }]);

  /** Accuracy on a task: rises while it is learned, falls afterwards as much as λ lets it. */
  const accuracy = (of: Run, task: number, noise: number): number => {
    const learned = 0.86 - 0.03 * ((task * 7) % 4);
    const here = position.task + (position.epoch + position.step / options.stepsPerEpoch) / of.config.epochs;
    if (task === position.task) return Math.min(1, 0.2 + (learned - 0.2) * (1 - Math.exp(-5 * (here - task))) + noise);
    const forgets = of.config.method === 'finetune' ? 1 : Math.exp(-of.config.lambda * 12);
    const lost = (0.45 + 0.1 * ((task * 5) % 3)) * forgets * (1 - Math.exp(-2.2 * (here - task - 1)));
    return Math.max(0.2, learned - lost + noise);
  };

  const evaluate = (of: Run, full: boolean): EvaluationPoint => {
    const point: EvaluationPoint = {
      step: of.steps.at(-1)?.step ?? 0, task: position.task, epoch: position.epoch, full,
      accuracy: of.tasks.map((task) => (task.index > position.task ? null : Math.round(accuracy(of, task.index, (random.uniform() - 0.5) * (full ? 0.02 : 0.07)) * 200) / 200)),
    };
    of.evaluations.push(point);
    return point;
  };

  const measure = (): ImportanceSummary => ({
    task: position.task,
    layers: LAYERS.flatMap(([name, count], layer) => ['weight', 'bias'].map((part) => ({
      name: `${name}.${part}`, count: part === 'weight' ? count : 64, mean: 0.004 * (1 + layer), max: 2.5 / (1 + layer), share: [0.04, 0.11, 0.13, 0.1, 0.09, 0.34, 0.15][layer]! * (part === 'weight' ? 0.97 : 0.03),
      zeroShare: 0.02 + 0.05 * layer, histogram: Array.from({ length: 24 }, (_, i) => Math.round(count * Math.exp(-((i - 13 + layer * 0.6) ** 2) / 14))), histogramMin: -8, histogramStep: 0.4, drift: position.task === 0 ? 0 : 0.002 * (1 + layer * 0.5),
    }))),
    maxOmega: 2.4, elapsedMs: 2100,
    filters: Array.from({ length: 32 }, (_, filter) => ({ rgba: texture(7, 7, filter + 50), width: 7, height: 7, omega: random.uniform() ** 2 })),
  });

  /** The next step of the run, without what the page is told of it. */
  const trainStep = (of: Run): StepPoint => {
    const { config } = of;
    position.step++;
    const progress = (position.epoch + position.step / options.stepsPerEpoch) / config.epochs;
    const point: StepPoint = {
      step: (of.steps.at(-1)?.step ?? 0) + 1, task: position.task, epoch: position.epoch, loss: 1.6 * Math.exp(-3 * progress) + 0.25 + random.normal() * 0.08,
      penalty: position.task === 0 ? 0 : config.lambda * 0.3 * (1 - Math.exp(-4 * progress)) * (1 + 0.1 * random.normal()), learningRate: config.learningRate, lambda: config.lambda,
    };
    of.steps.push(point);
    return point;
  };
  const evaluateEvery = options.evaluateEvery ?? options.stepsPerEpoch;
  const nextEpoch = (): void => {
    position = { ...position, epoch: position.epoch + 1, step: 0 };
  };

  /** All tasks but the last in an epoch each, then so many steps of the last. */
  const fill = (of: Run, filledSteps: number): void => {
    const last = of.tasks.length - 1;
    for (let task = 0; task < last; task++) {
      position = { task, epoch: 0, step: 0 };
      for (let i = 0; i < options.stepsPerEpoch; i++) trainStep(of);
      of.matrix.push([...evaluate(of, true).accuracy]);
      of.importances.push(measure());
    }
    position = { task: last, epoch: 0, step: 0 };
    for (let i = 0; i < filledSteps; i++) {
      trainStep(of);
      if (position.step % evaluateEvery === 0) evaluate(of, false);
      if (position.step >= options.stepsPerEpoch) nextEpoch();
    }
  };

  const tick = (): void => {
    if (!run || mode !== 'training') return;
    const events: LabEvent[] = [];
    const { config } = run;
    const point = trainStep(run);
    const { step: global } = point;
    const progress = (position.epoch + position.step / options.stepsPerEpoch) / config.epochs;
    events.push({ kind: 'steps', points: [point] }, { kind: 'phase', phase: { kind: 'training', task: position.task, epoch: position.epoch, step: position.step, stepsPerEpoch: options.stepsPerEpoch } });
    if (global % 5 === 0) {
      const left = (config.tasks - position.task - progress) * config.epochs * options.stepsPerEpoch;
      events.push({ kind: 'speed', speed: { imagesPerSecond: 268 + random.below(12), stepMs: 119, etaMs: left * 119, tensors: 120, deviceBytes: 48_000_000 } });
    }
    const endsEpoch = position.step >= options.stepsPerEpoch;
    if (!endsEpoch && position.step % evaluateEvery === 0) events.push({ kind: 'evaluation', point: evaluate(run, false) });
    if (endsEpoch) {
      const ends = position.epoch + 1 >= config.epochs;
      events.push({ kind: 'evaluation', point: evaluate(run, ends) });
      nextEpoch();
      if (ends) {
        finishTask(run, events);
        emit(events);
        return;
      }
    }
    if (once) {
      once = false;
      mode = 'paused';
      events.push({ kind: 'phase', phase: { kind: 'paused', ...position, stepsPerEpoch: options.stepsPerEpoch } });
    }
    emit(events);
    timer = setTimeout(tick, options.tickMs);
  };

  const finishTask = (of: Run, events: LabEvent[]): void => {
    position = { ...position, epoch: of.config.epochs - 1, step: options.stepsPerEpoch };
    const row = of.evaluations.at(-1)!.accuracy;
    of.matrix.push([...row]);
    const summary = measure();
    of.importances.push(summary);
    events.push(
      { kind: 'phase', phase: { kind: 'measuring', task: position.task, done: 150, total: 300 } },
      { kind: 'importance', summary },
      { kind: 'stability', product: of.config.learningRate * 2 * of.config.lambda * 2.4, limit: 2 * (1 + of.config.momentum) },
      { kind: 'metrics', metrics: metricsOf(of.matrix) },
    );
    const finished = position.task + 1;
    position = { task: finished, epoch: 0, step: 0 };
    if (finished === of.tasks.length) {
      mode = 'idle';
      events.push({ kind: 'phase', phase: { kind: 'done' } });
    } else if (scope === 'task') {
      mode = 'idle';
      events.push({ kind: 'phase', phase: { kind: 'ready', finished } });
    } else {
      timer = setTimeout(tick, options.tickMs * 8);
    }
    emitRuns();
  };

  const begin = (config: RunConfig): void => {
    const tasks = plan(config);
    random = createRandom(config.seed, 'fake');
    run = { id: `run-${runs.length + 1}`, config, tasks, steps: [], evaluations: [], importances: [], matrix: [], parent: null, name: '', note: '' };
    runs.push(run);
    position = { task: 0, epoch: 0, step: 0 };
    if (options.filledSteps !== undefined) fill(run, options.filledSteps);
    const history = options.filledSteps === undefined ? null : historyOf(run);
    emit([{ kind: 'run', runId: run.id, config, tasks, history }, { kind: 'phase', phase: { kind: 'preparing', task: position.task } }]);
  };
  const go = (): void => {
    mode = 'training';
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(tick, options.tickMs);
  };

  const dispatch = async (command: Command): Promise<void> => {
    switch (command.kind) {
      case 'start':
        scope = command.scope;
        begin(command.config);
        return go();
      case 'continue':
        scope = command.scope;
        return go();
      case 'pause':
        mode = 'paused';
        return emit([{ kind: 'phase', phase: { kind: 'paused', ...position, stepsPerEpoch: options.stepsPerEpoch } }]);
      case 'resume':
        return go();
      case 'step':
        once = true;
        return go();
      case 'stop': {
        if (!run) return;
        if (timer !== null) clearTimeout(timer);
        const events: LabEvent[] = [{ kind: 'evaluation', point: evaluate(run, true) }];
        scope = 'task';
        finishTask(run, events);
        return emit(events);
      }
      case 'reset':
        mode = 'idle';
        run = null;
        return emit([{ kind: 'run', runId: null, config: null, tasks: [], history: null }, { kind: 'phase', phase: { kind: 'idle' } }]);
      case 'adjust':
        if (run) {
          run.config = { ...run.config, ...command.change };
          emit([{ kind: 'config', config: run.config }, { kind: 'stability', product: run.config.learningRate * 2 * run.config.lambda * 2.4, limit: 2 * (1 + run.config.momentum) }]);
        }
        return;
      case 'open-run': {
        const source = runs.find(({ id }) => id === command.runId);
        if (!source) throw new LabError('run-missing', `The run ${command.runId} is not stored here.`, 'Choose another.');
        const cut = source.evaluations.findLast((point) => point.full && point.task === command.afterTask - 1)?.step ?? 0;
        run = {
          ...source, id: `run-${runs.length + 1}`, config: { ...source.config, ...command.change }, parent: { runId: source.id, afterTask: command.afterTask },
          steps: source.steps.filter((point) => point.step <= cut), evaluations: source.evaluations.filter((point) => point.step <= cut),
          importances: source.importances.slice(0, command.afterTask), matrix: source.matrix.slice(0, command.afterTask),
        };
        runs.push(run);
        position = { task: command.afterTask, epoch: 0, step: 0 };
        emit([{ kind: 'run', runId: run.id, config: run.config, tasks: run.tasks, history: historyOf(run) }, { kind: 'phase', phase: { kind: 'ready', finished: command.afterTask } }]);
        return emitRuns();
      }
      case 'delete-run':
        runs.splice(runs.findIndex(({ id }) => id === command.runId), 1);
        return emitRuns();
      case 'annotate-run': {
        const found = runs.find(({ id }) => id === command.runId);
        if (found) Object.assign(found, { name: command.name, note: command.note });
        return emitRuns();
      }
      case 'cancel-import':
        return emit([{ kind: 'import-failed', error: null }]);
      case 'cancel-comparison':
      case 'train-through':
      case 'watch':
      case 'pause-import':
      case 'resume-import':
      case 'discard-import':
        return;
      case 'delete-dataset':
        datasets = datasets.filter(({ id }) => id !== command.dataset);
        return emitDatasets();
      case 'rename-dataset':
        datasets = datasets.map((dataset) => (dataset.id === command.dataset ? { ...dataset, name: command.name } : dataset));
        return emitDatasets();
      case 'delete-weights':
        weights = weights.filter(({ id }) => id !== command.id);
        return emit([{ kind: 'weights', weights }]);
      case 'choose-backend':
        return emit([{ kind: 'notice', text: `Backend: ${command.backend}` }]);
    }
  };
  const emitDatasets = (): void => emit([{ kind: 'datasets', datasets, unfinished: [], usedBytes: 21_000_000, quotaBytes: 12_000_000_000, persistent: true }]);

  return {
    async connect(listener) {
      deliver = listener;
      emit([{ kind: 'backend', backend: { name: 'wasm', reason: 'No graphics card is available to the page, so the network runs on the processor with SIMD.', adapter: null, threads: 2, kernels: 'simd', replaced: [] } }]);
      emitDatasets();
      emit([{ kind: 'runs', runs: [] }, { kind: 'run', runId: null, config: null, tasks: [], history: null }, { kind: 'phase', phase: { kind: 'idle' } }]);
    },
    dispatch,
    async importFiles(files) {
      const name = files[0]?.path ?? 'nothing';
      for (let done = 0; done <= 20; done++) {
        emit([{ kind: 'import-progress', name, bytesDone: done * 280_000, bytesTotal: 5_600_000, imagesDone: done * 140, imagesTotal: 2800, imagesPerSecond: 900, etaMs: (20 - done) * 150, skipped: done > 10 ? 2 : 0, paused: false, freeBytes: 11_979_000_000 }]);
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
      datasets = [...datasets, { id: name, name, kind: 'tiny-imagenet', source: name, imageSize: 64, classCount: 40, trainCount: 2400, testCount: 400, sizeBytes: 5_600_000, importedAt: '2026-01-05T10:00:00Z', skippedCount: 2, tasks: null, arriving: false }];
      emitDatasets();
      emit([{ kind: 'import-done', dataset: name, name, classCount: 40, trainCount: 2400, testCount: 400, ignored: 41, skipped: 2, skippedEntries: [{ name: 'train/n01/images/a.JPEG', reason: 'the JPEG ends early' }, { name: 'train/n02/images/b.JPEG', reason: 'the file is empty' }], elapsedMs: 3200 }]);
    },
    async importUrl(url) {
      throw new LabError('network', `${url} could not be reached.`, 'Check the address, and that its server allows other sites to read it.');
    },
    async importWeights(from) {
      return { said: `${typeof from === 'string' ? from : from.name} was read.`, settings: {} };
    },
    async holdsTree(file) {
      return /tree/.test(file.name);
    },
    async planTasks(config) {
      return plan(config);
    },
    async compare(request) {
      return { request, backend: 'wasm', choices: [], runs: [], rows: [] };
    },
    async dialects() {
      return { task: 0, images: 0, batchSize: 32, weights: 0, rows: [], pairs: [] };
    },
    async report(report, format) {
      return { fileName: `${report.kind}.${format}`, mimeType: 'text/plain', blob: new Blob(['fake']) };
    },
    async thumbnails(_dataset, classId, count, size) {
      return Array.from({ length: count }, (_, index) => picture(classId, index, size));
    },
    async datasetContents() {
      const classes = CLASSES.map((entry) => ({ ...entry, trainCount: 200, testCount: 40 }));
      return { classes, skipped: 1, skippedEntries: [{ name: 'train/n01/images/a.JPEG', reason: 'the JPEG ends early' }], ignored: 0 };
    },
    async classImages(_dataset, classId, _split, from, count, size) {
      return Array.from({ length: count }, (_, index) => ({ name: `${classId}_${from + index}`, image: picture(classId, from + index, size) }));
    },
    async taskReport(task) {
      if (!run) throw new LabError('run-missing', 'There is no run.', 'Train first.');
      const { classes } = run.tasks[task]!;
      const draw = createRandom(task, 'report');
      const distribution = (peak: number, sharp: number): number[] => {
        const raw = classes.map((_, index) => Math.exp(index === peak ? sharp : draw.uniform()));
        const total = raw.reduce((sum, value) => sum + value, 0);
        return raw.map((value) => value / total);
      };
      const counts = (right: number): number[][] => classes.map((_, row) => classes.map((__, column) => Math.round(row === column ? 40 * right : (40 * (1 - right)) / (classes.length - 1))));
      return {
        task, classes,
        samples: Array.from({ length: 20 }, (_, index) => {
          const label = index % classes.length;
          return { image: picture(classes[label]!.id, 100 + index, 64), index, label, then: distribution(draw.uniform() < 0.85 ? label : draw.below(classes.length), 3), now: distribution(draw.uniform() < 0.5 ? label : draw.below(classes.length), 2) };
        }),
        flips: { forgotten: 73, kept: 99, gained: 4, never: 24, unknown: 0 },
        accuracyThen: classes.map(() => 0.75 + 0.2 * draw.uniform()), accuracyNow: classes.map(() => 0.3 + 0.5 * draw.uniform()), confusionThen: counts(0.86), confusionNow: counts(0.5), claims: null,
      };
    },
    async confusionImages() {
      return [];
    },
    async answersOver() {
      return [];
    },
    async runHistory(runId) {
      const found = runs.find(({ id }) => id === runId);
      if (!found) throw new LabError('run-missing', `The run ${runId} is not stored here.`, 'Choose another.');
      return structuredClone(historyOf(found));
    },
    async selfCheck() {
      throw new LabError('run-state', 'A script has no kernels to check.', 'Use the real lab.');
    },
    async download(item) {
      return { fileName: `${item.kind}.zip`, mimeType: 'application/zip', blob: new Blob(['fake']) };
    },
  };
}

/** A stand-in for a class image: a coloured shape on a coloured ground. */
function picture(classId: string, index: number, size: number): Thumbnail {
  const random = createRandom(index, classId);
  const [r1, g1, b1] = [random.below(256), random.below(256), random.below(256)];
  const [r2, g2, b2] = [random.below(256), random.below(256), random.below(256)];
  const kind = SHAPES.findIndex((shape) => classId.endsWith(shape));
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = [(2 * x) / size - 1, (2 * y) / size - 1];
      const radius = Math.hypot(u, v);
      const inside = [radius < 0.7, Math.max(Math.abs(u), Math.abs(v)) < 0.6, v > -0.6 && v < 0.6 && Math.abs(u) < (v + 0.6) / 1.6, radius < 0.45 + 0.2 * Math.cos(5 * Math.atan2(u, -v)), Math.min(Math.abs(u), Math.abs(v)) < 0.22 && radius < 0.8, Math.abs(radius - 0.55) < 0.18, radius < 0.7 && Math.hypot(u - 0.3, v) > 0.5, radius < 0.6][kind < 0 ? 0 : kind]!;
      const stripe = classId.startsWith('plain') || Math.sin(14 * (classId.startsWith('striped') ? u : classId.startsWith('ringed') ? radius : u * v * 3)) > 0;
      const shade = inside ? (stripe ? 1 : 0.45) : 0.55;
      rgba.set(inside ? [r1 * shade, g1 * shade, b1 * shade, 255] : [r2 * shade, g2 * shade, b2 * shade, 255], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, rgba };
}

function texture(width: number, height: number, seed: number): Uint8ClampedArray {
  const random = createRandom(seed, 'texture');
  return Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : 60 + random.below(160)));
}
