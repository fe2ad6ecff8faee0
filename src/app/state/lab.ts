/** The page's model: one store of plain state, the curves beside it, and everything a person can do, as functions. */
import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { toErrorData } from '../../core/errors.ts';
import type { LabError } from '../../core/errors.ts';
import type { DownloadItem, LabApi, LabEvent, WeightFormat } from '../../core/protocol.ts';
import { texts } from '../texts.ts';
import { ThumbnailCache } from '../client/thumbnail-cache.ts';
import { placeholderTasks } from './app-state.ts';
import type { AppState } from './app-state.ts';
import { INITIAL_COMPARING } from './comparing.ts';
import { readLink } from './config-url.ts';
import { HoverStore } from './hover-store.ts';
import { createIntake } from './intake.ts';
import type { Intake } from './intake.ts';
import { INITIAL_LAB_STATE, reduceEvents, withError } from './lab-state.ts';
import { createLooking } from './looking.ts';
import type { Looking } from './looking.ts';
import { createPlanner } from './planner.ts';
import { createResearch } from './research.ts';
import type { Research } from './research.ts';
import { createRunning } from './running.ts';
import type { Running } from './running.ts';
import { createSender } from './sender.ts';
import type { Sender } from './sender.ts';
import { SeriesStore } from './series-store.ts';
import { createSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { FIRST_TURN, isBehind, takeTurn } from './turns.ts';

/** Longer than from one delivery of events to the next, so that a turn falls into a delivery where those are many. */
const TURN_MS = 120;

export interface Lab extends Intake, Looking, Pick<Sender, 'send'>, Omit<Running, 'followSweep'>, Omit<Settings, 'isAdjusting'> {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  readonly series: SeriesStore;
  readonly hover: HoverStore;
  readonly thumbnails: ThumbnailCache;
  readonly research: Research;
  /** Connects, and begins as the link says. */
  start(): Promise<void>;
  download(item: DownloadItem, format: WeightFormat): void;
  /** Hands a file made by the page to the person. */
  save(fileName: string, blob: Blob): void;
  fail(error: unknown): void;
  /** The worker died: the run on screen has failed, what is stored stays. */
  crash(error: LabError): void;
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
export function createLab(api: LabApi, { search, hardwareConcurrency, schedule, replaceSearch, save }: LabOptions): Lab {
  const link = readLink(search);
  const series = new SeriesStore(schedule);
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
  const fail = (error: unknown): void => setState(({ lab }) => ({ lab: withError(lab, toErrorData(error)) }));

  const schedulePlan = createPlanner(api, store);
  const sender = createSender(api, store, fail);
  const looking = createLooking(store);
  const { say } = looking;
  const { isAdjusting, ...settings } = createSettings({ api, store, send: sender.send, schedulePlan, replaceSearch, evaluations: series.evaluations, say, fail });
  const { followSweep, ...running } = createRunning({ api, store, sender, fail });
  const intake = createIntake({ api, store, change: settings.change, say, fail });
  const research = createResearch({ api, store, fail, save, say });

  const receive = (events: readonly LabEvent[]): void => {
    series.apply(events);
    setState((state) => {
      const lab = reduceEvents(state.lab, events);
      const answered = events.some((event) => event.kind === 'phase' || event.kind === 'run' || event.kind === 'error');
      const configured = events.findLast((event) => (event.kind === 'run' && event.config !== null) || event.kind === 'config');
      // While a slider is being dragged, its own earlier echo must not pull it back.
      const form = configured && !isAdjusting() ? (lab.runConfig ?? state.form) : state.form;
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
        say(texts.data.firstTaskHere);
        settings.chooseDataset(event.dataset);
      }
      // One that was announced while it arrived was chosen then, and may have been cut otherwise since.
      if (event.kind === 'import-done' && getState().form.dataset !== event.dataset) settings.chooseDataset(event.dataset);
      if (event.kind === 'datasets' || (event.kind === 'run' && event.runId === null)) schedulePlan();
    }
  };

  let turnTimer: ReturnType<typeof setTimeout> | undefined;
  /** What is behind follows, one after the other, where no events let it. */
  const scheduleTurn = (): void => {
    clearTimeout(turnTimer);
    const { turns, lab } = getState();
    if (!isBehind(turns, lab)) return;
    turnTimer = setTimeout(() => {
      setState((now) => ({ turns: takeTurn(now.turns, now.lab) }));
      series.repaint();
      scheduleTurn();
    }, TURN_MS);
  };

  return {
    api,
    store,
    series,
    hover: new HoverStore(),
    thumbnails: new ThumbnailCache(api),
    research,
    ...looking,
    ...settings,
    ...running,
    ...intake,
    send: sender.send,
    save,
    fail,
    crash(error) {
      receive([{ kind: 'phase', phase: { kind: 'failed', error: error.toData() } }]);
    },
    async start() {
      try {
        await api.connect(receive, { backend: link.backend, hardwareConcurrency, tune: link.tune });
      } catch (error) {
        fail(error);
        return;
      }
      setState(({ lab }) => ({ lab: { ...lab, connected: true } }));
      schedulePlan();
      if (link.playground) settings.watch({ kind: 'important' });
      if (link.autostart && getState().lab.phase.kind === 'idle') running.train('all');
    },
    download(item, format) {
      const key = downloadKey(item);
      setState({ downloading: key });
      api.download(item, format)
        .then((file) => save(file.fileName, file.blob), fail)
        .finally(() => setState((state) => (state.downloading === key ? { downloading: null } : {})));
    },
  };
}

/** A key that tells downloads apart. */
export function downloadKey(item: DownloadItem): string {
  if (item.kind === 'run' && item.runId !== undefined) return `run-${item.runId}`;
  return item.kind === 'head' ? `head-${item.task}` : item.kind;
}
