/** What the research panels do: comparisons, the dialects of MAS, the self-check, and their files. */
import type { StoreApi } from 'zustand/vanilla';
import type { ComparisonRequest } from '../../core/comparison.ts';
import { toErrorData } from '../../core/errors.ts';
import type { LabApi, Report, ReportFormat } from '../../core/protocol.ts';
import { texts } from '../texts.ts';
import type { AppState } from './app-state.ts';
import type { ComparingState, ComparisonDraft, ComparisonKind } from './comparing.ts';

export interface Research {
  fillIn(change: Partial<ComparisonDraft>): void;
  /** Trains; the result, or why there is none, stays in the state until the next of its kind. */
  compare(kind: ComparisonKind, request: ComparisonRequest): void;
  stopComparing(): void;
  /** Of the current run's last finished task. */
  measureDialects(): void;
  saveReport(report: Report, format: ReportFormat): void;
  selfCheck(): void;
  /** After the case that runs; the report is of those until then. */
  stopSelfCheck(): void;
}

export interface ResearchHost {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  save(fileName: string, blob: Blob): void;
  say(text: string): void;
  fail(error: unknown): void;
}

export function createResearch({ api, store, save, say, fail }: ResearchHost): Research {
  const update = (change: (state: ComparingState) => Partial<ComparingState>): void =>
    store.setState(({ comparing }) => ({ comparing: { ...comparing, ...change(comparing) } }));
  const watched = (): boolean => store.getState().panel.kind === 'compare';
  return {
    fillIn(change) {
      update(({ draft }) => ({ draft: { ...draft, ...change } }));
    },
    compare(kind, request) {
      // What an earlier one said of itself must not pass for news of this one.
      store.setState(({ lab }) => ({ lab: { ...lab, comparison: null } }));
      update(() => ({ running: { kind, request, stopping: false }, ended: null }));
      api.compare(request).then(
        (comparison) => {
          update(({ results }) => ({ running: null, results: { ...results, [kind]: comparison } }));
          if (!watched()) say(texts.compare.finished);
        },
        (error: unknown) => {
          update(() => ({ running: null, ended: { kind, request, error: toErrorData(error) } }));
          if (!watched()) fail(error);
        },
      );
    },
    stopComparing() {
      update(({ running }) => (running ? { running: { ...running, stopping: true } } : {}));
      api.dispatch({ kind: 'cancel-comparison' }).catch(fail);
    },
    measureDialects() {
      const { runId, runConfig } = store.getState().lab;
      if (runConfig === null) return;
      store.setState({ dialects: { kind: 'measuring' } });
      api.dialects().then(
        (report) => store.setState({ dialects: { kind: 'done', report, runId, config: runConfig } }),
        (error: unknown) => {
          store.setState({ dialects: { kind: 'failed', error: toErrorData(error) } });
          if (!watched()) fail(error);
        },
      );
    },
    saveReport(report, format) {
      api.report(report, format).then(({ fileName, blob }) => save(fileName, blob), fail);
    },
    selfCheck() {
      store.setState(({ lab }) => ({ lab: { ...lab, selfCheck: null }, selfCheck: { kind: 'running', stopping: false } }));
      api.selfCheck().then(
        (report) => store.setState({ selfCheck: { kind: 'done', report } }),
        (error: unknown) => store.setState({ selfCheck: { kind: 'failed', error: toErrorData(error) } }),
      );
    },
    stopSelfCheck() {
      store.setState({ selfCheck: { kind: 'running', stopping: true } });
      api.dispatch({ kind: 'stop-self-check' }).catch(fail);
    },
  };
}
