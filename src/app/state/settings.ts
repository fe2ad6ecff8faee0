/** The controls: what the next run is made of, what the present one takes while it trains, and the link that says it all. */
import type { StoreApi } from 'zustand/vanilla';
import { DEFAULT_CONFIG } from '../../core/config.ts';
import type { BackendChoice, RunConfig } from '../../core/config.ts';
import { METHOD_TRAITS } from '../../core/method-settings.ts';
import type { Preset } from '../../core/presets.ts';
import type { EvaluationPoint, LabApi } from '../../core/protocol.ts';
import type { WeightChoice } from '../../core/watched-weight.ts';
import { texts } from '../texts.ts';
import type { AppState } from './app-state.ts';
import { writeLink } from './config-url.ts';
import { writeDigest } from './digest.ts';
import { handSplit, handTasksOf } from './hand-split.ts';
import { activeTask } from './lab-state.ts';
import { adjustment, fitSplit, runLasts, sameRun } from './run-rules.ts';
import type { Sender } from './sender.ts';

/** A slider that is dragged sends one change after it rests this long, not one a pixel. */
const ADJUST_DELAY_MS = 120;
const PLAN_KEYS: ReadonlySet<string> = new Set(['dataset', 'tasks', 'classesPerTask', 'seed', 'split', 'manualTasks']);

export interface Settings {
  change(change: Partial<RunConfig>): void;
  applyPreset(preset: Preset): void;
  chooseBackend(backend: BackendChoice): void;
  chooseDataset(dataset: string): void;
  /** Puts a run's settings into the controls. */
  useSettings(config: RunConfig): void;
  /** Opens or closes the playground, in which one weight is followed. */
  togglePlayground(): void;
  watch(choice: WeightChoice | null): void;
  /** Query of the link that reproduces the settings and, of a finished run that has them, says what it gave. */
  link(): string;
  /** Whether a change has not yet been sent to the run that trains. */
  isAdjusting(): boolean;
}

export interface SettingsHost {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  readonly send: Sender['send'];
  readonly schedulePlan: () => void;
  /** Shows the link that reproduces the settings. */
  readonly replaceSearch: (search: string) => void;
  readonly evaluations: readonly EvaluationPoint[];
  say(text: string): void;
  fail(error: unknown): void;
}

export function createSettings({ api, store, send, schedulePlan, replaceSearch, evaluations, say, fail }: SettingsHost): Settings {
  const { getState, setState } = store;
  let adjustTimer: ReturnType<typeof setTimeout> | null = null;

  const query = (): string => {
    const { form, backend, hidden, playground } = getState();
    return writeLink(form, backend, hidden, playground);
  };
  const showLink = (): void => replaceSearch(query());

  const settings: Settings = {
    isAdjusting: () => adjustTimer !== null,
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
      // Between tasks nothing is sent until training goes on: what changed may make it a branch, which leaves the run as it was.
      if (activeTask(getState().lab.phase) !== null) {
        if (adjustTimer !== null) clearTimeout(adjustTimer);
        adjustTimer = setTimeout(() => {
          adjustTimer = null;
          const { form, lab } = getState();
          const adjust = adjustment(form, lab.runConfig);
          if (adjust !== null) api.dispatch(adjust).catch(fail);
        }, ADJUST_DELAY_MS);
      } else if (Object.keys(change).some((key) => PLAN_KEYS.has(key))) {
        schedulePlan();
      }
    },
    applyPreset(preset) {
      const { lab, form } = getState();
      const next = { ...DEFAULT_CONFIG, ...preset.values };
      const needed = next.tasks * next.classesPerTask;
      const enough = lab.datasets?.find(({ classCount, kind }) => classCount >= needed && (preset.datasetKind ? kind === preset.datasetKind : kind !== 'builtin'));
      const dataset = Object.keys(preset.values).length === 0 ? DEFAULT_CONFIG.dataset : (enough?.id ?? form.dataset);
      settings.change({ ...next, dataset });
    },
    chooseBackend(backend) {
      setState({ backend });
      showLink();
      send({ kind: 'choose-backend', backend });
    },
    chooseDataset(id) {
      const { lab, form } = getState();
      if (runLasts(lab)) return;
      const dataset = lab.datasets?.find((candidate) => candidate.id === id);
      if (dataset?.tasks) return settings.change({ dataset: id, ...handSplit(dataset.tasks) });
      settings.change({ dataset: id, ...(form.split === 'manual' ? { split: DEFAULT_CONFIG.split } : {}), ...(dataset ? fitSplit(form, dataset.classCount) : {}) });
    },
    useSettings(config) {
      settings.change(config);
      say(texts.runs.settingsTaken);
    },
    togglePlayground() {
      const playground = !getState().playground;
      setState({ playground });
      showLink();
      settings.watch(playground ? { kind: 'important' } : null);
    },
    watch(choice) {
      api.dispatch({ kind: 'watch', choice }).catch(fail);
    },
    link() {
      const { lab, form } = getState();
      const digest = lab.phase.kind === 'done' && sameRun(form, lab.runConfig) ? writeDigest(evaluations) : null;
      return digest === null ? query() : `${query() === '' ? '?' : `${query()}&`}expect=${digest}`;
    },
  };
  return settings;
}

/** A split by hand begins as the tasks that are there; any other split leaves nothing of it. */
function handMade({ form, plan }: AppState, change: Partial<RunConfig>): Partial<RunConfig> {
  if (change.split === undefined || change.manualTasks !== undefined) return {};
  if (change.split !== 'manual') return { manualTasks: null };
  return form.manualTasks === null ? handSplit(handTasksOf(plan.tasks)) : {};
}
