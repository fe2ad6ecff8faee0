/** Asks the worker how the present settings cut the data into tasks. */
import type { StoreApi } from 'zustand/vanilla';
import { toErrorData } from '../../core/errors.ts';
import type { LabApi } from '../../core/protocol.ts';
import type { AppState } from './app-state.ts';

const PLAN_DELAY_MS = 150;

/** The function returned asks soon, once for however many calls; of several answers only the newest counts. */
export function createPlanner(api: LabApi, { getState, setState }: StoreApi<AppState>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ticket = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const mine = ++ticket;
      setState((state) => ({ plan: { kind: 'loading', tasks: state.plan.tasks } }));
      api.planTasks(getState().form).then(
        (tasks) => {
          if (mine === ticket) setState({ plan: { kind: 'ready', tasks } });
        },
        (error: unknown) => {
          if (mine === ticket) setState({ plan: { kind: 'failed', tasks: [], error: toErrorData(error) } });
        },
      );
    }, PLAN_DELAY_MS);
  };
}
