/** Sends commands to the worker, and says in the state which is not yet answered. */
import type { StoreApi } from 'zustand/vanilla';
import type { Command, LabApi } from '../../core/protocol.ts';
import type { AppState } from './app-state.ts';

/** What a command began shows in an event within a tenth of a second; until then a second click must not begin it twice. */
const PENDING_MS = 300;

export interface Sender {
  /** @param then is called once the worker has taken the command */
  send(command: Command, then?: () => void): void;
  /** One after the other: each is sent when the one before it was taken. */
  sendAll(commands: readonly Command[]): void;
}

export function createSender(api: LabApi, { setState }: StoreApi<AppState>, fail: (error: unknown) => void): Sender {
  const send: Sender['send'] = (command, then) => {
    setState({ pending: command.kind });
    api.dispatch(command).then(
      () => {
        setTimeout(() => setState((state) => (state.pending === command.kind ? { pending: null } : {})), PENDING_MS);
        then?.();
      },
      (error: unknown) => {
        setState({ pending: null });
        fail(error);
      },
    );
  };
  const sendAll: Sender['sendAll'] = ([first, ...rest]) => {
    if (first) send(first, () => sendAll(rest));
  };
  return { send, sendAll };
}
