/** The page's model: one store of plain state, the curves beside it, and everything a person can do, as functions. */
import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { DEFAULT_CONFIG } from '../../core/config.ts';
import type { BackendChoice, RunConfig } from '../../core/config.ts';
import type { Preset } from '../../core/presets.ts';
import { toErrorData } from '../../core/errors.ts';
import { METHOD_TRAITS } from '../../core/method-settings.ts';
import type { LabError } from '../../core/errors.ts';
import type { Command, DownloadItem, LabApi, LabEvent, RunPhase, WeightFormat } from '../../core/protocol.ts';
import type { WeightChoice } from '../../core/watched-weight.ts';
import { texts } from '../texts.ts';
import { ThumbnailCache } from '../client/thumbnail-cache.ts';
import { placeholderTasks } from './app-state.ts';
import type { AppState, Panel } from './app-state.ts';
import { INITIAL_COMPARING } from './comparing.ts';
import { readLink, writeLink } from './config-url.ts';
import { writeDigest } from './digest.ts';
import { handSplit, handTasksOf } from './hand-split.ts';
import { HoverStore } from './hover-store.ts';
import { INITIAL_LAB_STATE, activeTask, addMessage, dismissMessage, reduceEvents, withError } from './lab-state.ts';
import type { LabState } from './lab-state.ts';
import type { Prediction } from './prediction.ts';
import { adjustment, fitSplit, runLasts, sameRun, trainCommands } from './run-rules.ts';
import { createResearch } from './research.ts';
import type { Research } from './research.ts';
import { SeriesStore } from './series-store.ts';
import { advanceSweep, beginSweep, sweepConfig } from './sweep.ts';
import { FIRST_TURN, isBehind, takeTurn } from './turns.ts';

/** A slider that is dragged sends one change after it rests this long, not one a pixel. */
const ADJUST_DELAY_MS = 120;
const PLAN_DELAY_MS = 150;
const PENDING_MS = 300;
/** Longer than from one delivery of events to the next, so that a turn falls into a delivery where those are many. */
const TURN_MS = 120;

export interface Lab {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  readonly series: SeriesStore;
  readonly hover: HoverStore;
  readonly thumbnails: ThumbnailCache;
  readonly research: Research;
  /** Connects, and begins as the link says. */
  start(): Promise<void>;
  train(scope: 'all' | 'task'): void;
  send(command: Command): void;
  change(change: Partial<RunConfig>): void;
  applyPreset(preset: Preset): void;
  chooseBackend(backend: BackendChoice): void;
  chooseDataset(dataset: string): void;
  /** Goes on with a stored run from its last finished task. */
  resumeRun(runId: string): void;
  /** Makes a stored run current as it was after `afterTask` finished tasks; training on with other settings is a branch. */
  rewind(runId: string, afterTask: number): void;
  /** Puts a run's settings into the controls. */
  useSettings(config: RunConfig): void;
  /** One training step, from wherever the run stands, then pause. */
  step(): void;
  /** On to the end of an epoch or a task, from wherever the run stands, then pause. */
  trainThrough(stretch: 'epoch' | 'task'): void;
  /** Opens or closes the playground, in which one weight is followed. */
  togglePlayground(): void;
  watch(choice: WeightChoice): void;
  /** Files that were picked or dropped: weights and run files open, everything else is imported as data. */
  takeFiles(files: readonly { readonly path: string; readonly file: File }[]): void;
  /** @param classes of Parquet: how many of the first or which; '' for all */
  importUrl(url: string, classes: string): void;
  cancelImport(): void;
  /** Holds the import that runs, or lets it go on. */
  pauseImport(paused: boolean): void;
  closeImportReport(): void;
  download(item: DownloadItem, format: WeightFormat): void;
  /** Hands a file made by the page to the person. */
  save(fileName: string, blob: Blob): void;
  openPanel(panel: Panel): void;
  toggleTask(task: number): void;
  toggleOverlay(runId: string): void;
  /** Starts the current run's settings again with λ = 0 and keeps the current run on the charts. */
  repeatWithoutProtection(): void;
  /** Trains the present settings once for each λ. */
  sweep(lambdas: readonly number[]): void;
  stopSweep(): void;
  zoomTo(range: { readonly from: number; readonly to: number } | null): void;
  togglePredicting(): void;
  predict(prediction: Prediction): void;
  /** Shows charts, matrix and tasks as they were after a step; null: as they are. */
  lookBackTo(step: number | null): void;
  startTour(): void;
  /** Moves the tour to a stop; null ends it. */
  tourTo(stop: number | null): void;
  say(text: string): void;
  fail(error: unknown): void;
  /** The worker died: the run on screen has failed, what is stored stays. */
  crash(error: LabError): void;
  dismiss(id: number): void;
  link(): string;
}

export interface LabOptions {
  readonly search: string;
  readonly hardwareConcurrency: number;
  /** Runs its argument once before the next paint. */
  readonly schedule: (flush: () => void) => void;
  /** Shows the link that reproduces the settings. */
  readonly replaceSearch: (search: string) => void;
  /** Hands a file to the person. */
  readonly save: (fileName: string, blob: Blob) => void;
}

/** Everything the page needs around a {@link LabApi}; what touches the browser comes in through the options. */
export function createLab(api: LabApi, options: LabOptions): Lab {
  const link = readLink(options.search);
  const series = new SeriesStore(options.schedule);
  const hover = new HoverStore();
  const store = createStore<AppState>(() => ({
    lab: link.errors.reduce(withError, INITIAL_LAB_STATE),
    turns: FIRST_TURN,
    form: link.config,
    backend: link.backend,
    plan: { kind: 'loading', tasks: placeholderTasks(link.config) },
    hidden: link.hidden,
    expected: link.expected,
    hiddenTasks: new Set(),
    overlays: [],
    panel: { kind: 'none' },
    pending: null,
    downloading: null,
    sweep: null,
    comparing: INITIAL_COMPARING,
    dialects: { kind: 'none' },
    selfCheck: { kind: 'none' },
    zoom: null,
    predicting: false,
    prediction: null,
    playground: link.playground,
    lookBack: null,
    tour: null,
  }));
  const { getState, setState } = store;
  const setLab = (update: (lab: LabState) => LabState): void => setState((state) => ({ lab: update(state.lab) }));
  const fail = (error: unknown): void => setLab((lab) => withError(lab, toErrorData(error)));

  let adjustTimer: ReturnType<typeof setTimeout> | null = null;
  let planTimer: ReturnType<typeof setTimeout> | null = null;
  let planTicket = 0;
  let turnTimer: ReturnType<typeof setTimeout> | null = null;

  const receive = (events: readonly LabEvent[]): void => {
    series.apply(events);
    setState((state) => {
      const lab = reduceEvents(state.lab, events);
      const answered = events.some((event) => event.kind === 'phase' || event.kind === 'run' || event.kind === 'error');
      const configured = events.findLast((event) => (event.kind === 'run' && event.config !== null) || event.kind === 'config');
      // While a slider is being dragged, its own earlier echo must not pull it back.
      const form = configured && adjustTimer === null ? (lab.runConfig ?? state.form) : state.form;
      // Another run, or training that goes on, is looked at as it is now and as a whole.
      const restarts = events.some((event) => event.kind === 'run' || event.kind === 'steps');
      const view = events.some((event) => event.kind === 'run') ? { zoom: null, lookBack: null, prediction: null } : restarts ? { lookBack: null } : {};
      return { lab, turns: takeTurn(state.turns, lab), form, pending: answered ? null : state.pending, ...view };
    });
    scheduleTurn();
    const ended = events.findLast((event) => event.kind === 'phase');
    if (ended) followSweep(ended.phase);
    for (const event of events) {
      if (event.kind === 'import-listed') {
        lab.say(texts.data.firstTaskHere);
        lab.chooseDataset(event.dataset);
      }
      // One that was announced while it arrived was chosen then, and may have been cut otherwise since.
      if (event.kind === 'import-done' && getState().form.dataset !== event.dataset) lab.chooseDataset(event.dataset);
      if (event.kind === 'datasets' || (event.kind === 'run' && event.runId === null)) schedulePlan();
    }
  };

  const send = (command: Command, then: () => void = () => undefined): void => {
    setState({ pending: command.kind });
    api.dispatch(command).then(
      () => {
        // What it began shows in an event within a tenth of a second; until then a second click must not begin it twice.
        setTimeout(() => setState((state) => (state.pending === command.kind ? { pending: null } : {})), PENDING_MS);
        then();
      },
      (error: unknown) => {
        setState({ pending: null });
        fail(error);
      },
    );
  };

  /** Numbers that are behind follow, one after the other, where no events let them. */
  const scheduleTurn = (): void => {
    if (turnTimer !== null) clearTimeout(turnTimer);
    turnTimer = null;
    const { turns, lab: state } = getState();
    if (!isBehind(turns, state)) return;
    turnTimer = setTimeout(() => {
      setState((now) => ({ turns: takeTurn(now.turns, now.lab) }));
      series.repaint();
      scheduleTurn();
    }, TURN_MS);
  };

  /** A run of a sweep that ended makes room for the next. */
  const followSweep = (phase: RunPhase): void => {
    const { sweep, lab: state } = getState();
    if (sweep === null) return;
    const next = advanceSweep(sweep, phase, state.metrics);
    if (next === sweep) return;
    setState({ sweep: next });
    const config = next.at > sweep.at ? sweepConfig(next) : null;
    if (config) send({ kind: 'start', config, scope: 'all' });
  };

  /** One after the other: each is sent when the one before it was taken. */
  const sendAll = (commands: readonly Command[]): void => {
    const [first, ...rest] = commands;
    if (first) send(first, () => sendAll(rest));
  };

  /** Asks the worker how the data would be cut; only the newest answer counts. */
  const schedulePlan = (): void => {
    if (planTimer !== null) clearTimeout(planTimer);
    planTimer = setTimeout(() => {
      const ticket = ++planTicket;
      setState((state) => ({ plan: { kind: 'loading', tasks: state.plan.tasks } }));
      api.planTasks(getState().form).then(
        (tasks) => {
          if (ticket === planTicket) setState({ plan: { kind: 'ready', tasks } });
        },
        (error: unknown) => {
          if (ticket === planTicket) setState({ plan: { kind: 'failed', tasks: [], error: toErrorData(error) } });
        },
      );
    }, PLAN_DELAY_MS);
  };

  /** From between tasks there is nothing to step through yet: the next task begins, and pauses where the command says. */
  const stepBy = (command: Extract<Command, { kind: 'step' | 'train-through' }>): void => {
    const state = getState();
    const begin = activeTask(state.lab.phase) === null ? trainCommands(state, 'task') : [];
    sendAll([...begin, command]);
  };
  /** Draws a stored run on the charts as it is now. */
  const showBeside = async (runId: string): Promise<void> => {
    const history = await api.runHistory(runId);
    setState(({ overlays }) => ({ overlays: [...overlays.filter((overlay) => overlay.summary.id !== runId), history] }));
  };
  const showLink = (): void => {
    const { form, backend, hidden, playground } = getState();
    options.replaceSearch(writeLink(form, backend, hidden, playground));
  };
  const watch = (choice: WeightChoice | null): void => {
    api.dispatch({ kind: 'watch', choice }).catch(fail);
  };

  const lab: Lab = {
    api,
    store,
    series,
    hover,
    thumbnails: new ThumbnailCache(api),
    research: createResearch({ api, store, fail, save: options.save, say: (text) => lab.say(text) }),
    send,
    fail,
    crash(error) {
      receive([{ kind: 'phase', phase: { kind: 'failed', error: error.toData() } }]);
    },
    async start() {
      try {
        await api.connect(receive, { backend: link.backend, hardwareConcurrency: options.hardwareConcurrency });
      } catch (error) {
        fail(error);
        return;
      }
      setLab((state) => ({ ...state, connected: true }));
      schedulePlan();
      if (link.playground) watch({ kind: 'important' });
      if (link.autostart && getState().lab.phase.kind === 'idle') lab.train('all');
    },
    train(scope) {
      sendAll(trainCommands(getState(), scope));
    },
    resumeRun(runId) {
      const run = getState().lab.runs.find((candidate) => candidate.id === runId);
      if (run) sendAll([{ kind: 'open-run', runId, afterTask: run.finishedTasks, change: {} }, { kind: 'continue', scope: 'all' }]);
    },
    rewind(runId, afterTask) {
      setState({ panel: { kind: 'none' } });
      const origin = getState().lab.runs.find((run) => run.id === runId);
      // Where the run went on from there stays on the charts, beside what will be trained now.
      send({ kind: 'open-run', runId, afterTask, change: {} }, () => {
        if (origin && afterTask < origin.finishedTasks) showBeside(runId).catch(fail);
      });
    },
    useSettings(config) {
      lab.change(config);
      lab.say(texts.runs.settingsTaken);
    },
    change(change) {
      setState((state) => {
        const form = { ...state.form, ...change, ...handMade(state, change) };
        // Each method's λ has a scale of its own: another method begins with its usual λ unless one is given with it.
        const switched = change.method !== undefined && change.method !== state.form.method && change.lambda === undefined;
        return { form: switched ? { ...form, lambda: METHOD_TRAITS[form.method].lambda } : form };
      });
      // Another setting is another run: what the link promised no longer applies.
      setState({ expected: null });
      showLink();
      const { lab: state } = getState();
      // Between tasks nothing is sent until training goes on: what changed may make it a branch, which leaves the run as it was.
      if (activeTask(state.phase) !== null) {
        if (adjustTimer !== null) clearTimeout(adjustTimer);
        adjustTimer = setTimeout(() => {
          adjustTimer = null;
          const { form: now, lab: then } = getState();
          const adjust = adjustment(now, then.runConfig);
          if (adjust !== null) api.dispatch(adjust).catch(fail);
        }, ADJUST_DELAY_MS);
      } else if (Object.keys(change).some((key) => PLAN_KEYS.has(key))) {
        schedulePlan();
      }
    },
    applyPreset(preset) {
      const { lab: state, form } = getState();
      const next = { ...DEFAULT_CONFIG, ...preset.values };
      const needed = next.tasks * next.classesPerTask;
      const enough = state.datasets?.find(({ classCount, kind }) => classCount >= needed && (preset.datasetKind ? kind === preset.datasetKind : kind !== 'builtin'));
      const dataset = Object.keys(preset.values).length === 0 ? DEFAULT_CONFIG.dataset : (enough?.id ?? form.dataset);
      lab.change({ ...next, dataset });
    },
    chooseBackend(backend) {
      setState({ backend });
      const { form, hidden } = getState();
      options.replaceSearch(writeLink(form, backend, hidden));
      send({ kind: 'choose-backend', backend });
    },
    chooseDataset(id) {
      const { lab: state, form } = getState();
      if (runLasts(state)) return;
      const dataset = state.datasets?.find((candidate) => candidate.id === id);
      if (dataset?.tasks) return lab.change({ dataset: id, ...handSplit(dataset.tasks) });
      lab.change({ dataset: id, ...(form.split === 'manual' ? { split: DEFAULT_CONFIG.split } : {}), ...(dataset ? fitSplit(form, dataset.classCount) : {}) });
    },
    step() {
      stepBy({ kind: 'step' });
    },
    trainThrough(stretch) {
      stepBy({ kind: 'train-through', stretch });
    },
    togglePlayground() {
      const playground = !getState().playground;
      setState({ playground });
      showLink();
      watch(playground ? { kind: 'important' } : null);
    },
    watch,
    takeFiles(files) {
      if (files.length === 0) return;
      const [only] = files;
      if (files.length === 1 && only && WEIGHTS.test(only.path)) return takeWeights(only.file);
      if (files.length === 1 && only && /\.zip$/i.test(only.path)) {
        // A zip may hold images or a tree of models. What is wrong with a damaged one, the import of images tells.
        api.holdsTree(only.file).then((holds) => (holds ? takeWeights(only.file) : takeData(files)), () => takeData(files));
        return;
      }
      takeData(files);
    },
    importUrl(url, classes) {
      if (WEIGHTS.test(url.split(/[?#]/)[0]!)) return takeWeights(url);
      askToPersist();
      setLab((state) => ({ ...state, importing: { kind: 'running', progress: null } }));
      api.importUrl(url, classes).catch(importFailed);
    },
    cancelImport() {
      api.dispatch({ kind: 'cancel-import' }).catch(fail);
    },
    pauseImport(paused) {
      api.dispatch({ kind: paused ? 'pause-import' : 'resume-import' }).catch(fail);
    },
    closeImportReport() {
      setLab((state) => ({ ...state, importing: { kind: 'none' } }));
    },
    download(item, format) {
      const key = downloadKey(item);
      setState({ downloading: key });
      api.download(item, format)
        .then((file) => options.save(file.fileName, file.blob), fail)
        .finally(() => setState((state) => (state.downloading === key ? { downloading: null } : {})));
    },
    save: options.save,
    openPanel(panel) {
      setState({ panel });
    },
    toggleTask(task) {
      setState((state) => {
        const hiddenTasks = new Set(state.hiddenTasks);
        if (!hiddenTasks.delete(task)) hiddenTasks.add(task);
        return { hiddenTasks };
      });
    },
    toggleOverlay(runId) {
      const { overlays } = getState();
      if (overlays.some((overlay) => overlay.summary.id === runId)) {
        setState({ overlays: overlays.filter((overlay) => overlay.summary.id !== runId) });
        return;
      }
      showBeside(runId).catch(fail);
    },
    repeatWithoutProtection() {
      const { lab: state } = getState();
      const { runId, runConfig } = state;
      if (runId === null || runConfig === null) return;
      showBeside(runId).then(() => {
        send({ kind: 'start', config: { ...runConfig, lambda: 0 }, scope: 'all' });
      }, fail);
    },
    sweep(lambdas) {
      const sweep = beginSweep(getState().form, lambdas);
      setState({ sweep });
      const config = sweepConfig(sweep);
      if (config) send({ kind: 'start', config, scope: 'all' });
    },
    stopSweep() {
      setState((state) => (state.sweep ? { sweep: { ...state.sweep, stopped: true } } : {}));
    },
    zoomTo(zoom) {
      setState({ zoom });
    },
    togglePredicting() {
      setState((state) => ({ predicting: !state.predicting, prediction: null }));
    },
    predict(prediction) {
      setState({ prediction });
    },
    lookBackTo(lookBack) {
      setState({ lookBack });
    },
    startTour() {
      setState({ tour: 0 });
    },
    tourTo(stop) {
      setState({ tour: stop });
    },
    say(text) {
      setLab((state) => addMessage(state, 'success', text, null));
    },
    dismiss(id) {
      setLab((state) => dismissMessage(state, id));
    },
    link() {
      const { lab: state, form, backend, hidden, playground } = getState();
      const query = writeLink(form, backend, hidden, playground);
      const digest = state.phase.kind === 'done' && sameRun(form, state.runConfig) ? writeDigest(series.evaluations) : null;
      return digest === null ? query : `${query === '' ? '?' : `${query}&`}expect=${digest}`;
    },
  };

  function takeData(files: readonly { readonly path: string; readonly file: File }[]): void {
    setLab((state) => ({ ...state, importing: { kind: 'running', progress: null } }));
    askToPersist();
    api.importFiles(files, null).catch(importFailed);
  }

  function takeWeights(from: File | string): void {
    api.importWeights(from, getState().form).then(({ said, settings }) => {
      // A run that lasts keeps what it is made of; what came in is for the next.
      if (!runLasts(getState().lab)) lab.change(settings);
      lab.say(said);
    }, fail);
  }

  function importFailed(error: unknown): void {
    setLab((state) => withError({ ...state, importing: { kind: 'none' } }, toErrorData(error)));
  }
  return lab;
}

/** Files that hold weights or a run rather than images. */
const WEIGHTS = /\.(pth|pth\.tar|pt|pickle|pkl|safetensors|bin|json|maslab)$/i;
const PLAN_KEYS: ReadonlySet<string> = new Set(['dataset', 'tasks', 'classesPerTask', 'seed', 'split', 'manualTasks']);

/** A split by hand begins as the tasks that are there; any other split leaves nothing of it. */
function handMade({ form, plan }: AppState, change: Partial<RunConfig>): Partial<RunConfig> {
  if (change.split === undefined || change.manualTasks !== undefined) return {};
  if (change.split !== 'manual') return { manualTasks: null };
  return form.manualTasks === null ? handSplit(handTasksOf(plan.tasks)) : {};
}

/** A key that tells downloads apart. */
export function downloadKey(item: DownloadItem): string {
  if (item.kind === 'run' && item.runId !== undefined) return `run-${item.runId}`;
  return item.kind === 'head' ? `head-${item.task}` : item.kind;
}

/** Asks the browser not to evict what is stored; only the page may ask, and a refusal shows in the storage's state. */
function askToPersist(): void {
  void (globalThis.navigator as Navigator | undefined)?.storage?.persist();
}
