import { texts } from '../texts.ts';
import type { AppState } from './app-state.ts';
import { isComparing } from './comparing.ts';

/** Why no run can train now, for the device serves something else; null where it is free. */
export function deviceTaken(state: Pick<AppState, 'comparing' | 'selfCheck'>): string | null {
  if (isComparing(state)) return texts.compare.comparing;
  return state.selfCheck.kind === 'running' ? texts.selfCheck.taken : null;
}
