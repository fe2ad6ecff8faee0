/** What the page shows and how, of which the worker need not know. */
import type { StoreApi } from 'zustand/vanilla';
import type { AppState, Panel } from './app-state.ts';
import { addMessage, dismissMessage } from './lab-state.ts';
import type { Prediction } from './prediction.ts';

export interface Looking {
  openPanel(panel: Panel): void;
  toggleTask(task: number): void;
  zoomTo(range: { readonly from: number; readonly to: number } | null): void;
  togglePredicting(): void;
  predict(prediction: Prediction): void;
  /** Shows charts, matrix and tasks as they were after a step; null: as they are. */
  lookBackTo(step: number | null): void;
  startTour(): void;
  /** Moves the tour to a stop; null ends it. */
  tourTo(stop: number | null): void;
  say(text: string): void;
  dismiss(id: number): void;
}

export function createLooking({ setState }: StoreApi<AppState>): Looking {
  return {
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
    tourTo(tour) {
      setState({ tour });
    },
    say(text) {
      setState(({ lab }) => ({ lab: addMessage(lab, 'success', text, null) }));
    },
    dismiss(id) {
      setState(({ lab }) => ({ lab: dismissMessage(lab, id) }));
    },
  };
}
