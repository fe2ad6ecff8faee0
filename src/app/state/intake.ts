/** What comes in: files and addresses of images, weights and runs. */
import type { StoreApi } from 'zustand/vanilla';
import type { RunConfig } from '../../core/config.ts';
import { toErrorData } from '../../core/errors.ts';
import type { LabApi } from '../../core/protocol.ts';
import type { AppState } from './app-state.ts';
import { withError } from './lab-state.ts';
import type { LabState } from './lab-state.ts';
import { runLasts } from './run-rules.ts';

/** Files that hold weights or a run rather than images. */
const WEIGHTS = /\.(pth|pth\.tar|pt|pickle|pkl|safetensors|bin|json|maslab)$/i;

export interface Intake {
  /** Files that were picked or dropped: weights and run files open, everything else is imported as data. */
  takeFiles(files: readonly { readonly path: string; readonly file: File }[]): void;
  /** @param classes of Parquet: how many of the first or which; '' for all */
  importUrl(url: string, classes: string): void;
  cancelImport(): void;
  /** Holds the import that runs, or lets it go on. */
  pauseImport(paused: boolean): void;
  closeImportReport(): void;
}

export interface IntakeHost {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  /** Puts the settings that came with weights into the controls. */
  change(settings: Partial<RunConfig>): void;
  say(text: string): void;
  fail(error: unknown): void;
}

export function createIntake({ api, store: { getState, setState }, change, say, fail }: IntakeHost): Intake {
  const setImporting = (importing: LabState['importing']): void => setState(({ lab }) => ({ lab: { ...lab, importing } }));
  const importFailed = (error: unknown): void => {
    setState(({ lab }) => ({ lab: withError({ ...lab, importing: { kind: 'none' } }, toErrorData(error)) }));
  };
  const takeData: Intake['takeFiles'] = (files) => {
    setImporting({ kind: 'running', progress: null });
    askToPersist();
    api.importFiles(files, null).catch(importFailed);
  };
  const takeWeights = (from: File | string): void => {
    api.importWeights(from, getState().form).then(({ said, settings }) => {
      // A run that lasts keeps what it is made of; what came in is for the next.
      if (!runLasts(getState().lab)) change(settings);
      say(said);
    }, fail);
  };

  return {
    takeFiles(files) {
      const [only] = files;
      if (!only) return;
      if (files.length === 1 && WEIGHTS.test(only.path)) return takeWeights(only.file);
      if (files.length === 1 && /\.zip$/i.test(only.path)) {
        // A zip may hold images or a tree of models. What is wrong with a damaged one, the import of images tells.
        api.holdsTree(only.file).then((holds) => (holds ? takeWeights(only.file) : takeData(files)), () => takeData(files));
        return;
      }
      takeData(files);
    },
    importUrl(url, classes) {
      if (WEIGHTS.test(url.split(/[?#]/)[0]!)) return takeWeights(url);
      askToPersist();
      setImporting({ kind: 'running', progress: null });
      api.importUrl(url, classes).catch(importFailed);
    },
    cancelImport() {
      api.dispatch({ kind: 'cancel-import' }).catch(fail);
    },
    pauseImport(paused) {
      api.dispatch({ kind: paused ? 'pause-import' : 'resume-import' }).catch(fail);
    },
    closeImportReport() {
      setImporting({ kind: 'none' });
    },
  };
}

/** Asks the browser not to evict what is stored; only the page may ask, and a refusal shows in the storage's state. */
function askToPersist(): void {
  void (globalThis.navigator as Navigator | undefined)?.storage?.persist();
}
