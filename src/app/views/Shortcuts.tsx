/** Single-key shortcuts, inactive while a field or a dialog has the keyboard. */
import { useEffect } from 'react';
import { useLab } from '../lab-context.ts';
import { deviceTaken } from '../state/device-use.ts';
import { activeTask, isBusy } from '../state/lab-state.ts';

export function Shortcuts() {
  const lab = useLab();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof Element && target.closest('input, select, textarea, dialog, [popover], [contenteditable]')) return;
      const state = lab.store.getState().lab;
      const { hidden } = lab.store.getState();
      const idle = activeTask(state.phase) === null && state.connected && deviceTaken(lab.store.getState()) === null;
      switch (event.key) {
        case 't':
          if (idle) lab.train('all');
          break;
        case 'n':
          if (idle) lab.train('task');
          break;
        case 'p':
          if (state.phase.kind === 'paused') lab.send({ kind: 'resume' });
          else if (isBusy(state.phase)) lab.send({ kind: 'pause' });
          break;
        case 's':
          if (idle || activeTask(state.phase) !== null) lab.step();
          break;
        case 'e':
          if (idle || activeTask(state.phase) !== null) lab.trainThrough('epoch');
          break;
        case 'w':
          if (!hidden.has('playground')) lab.togglePlayground();
          break;
        case 'r':
          if (!hidden.has('runs')) lab.openPanel({ kind: 'runs' });
          break;
        case 'd':
          if (!hidden.has('data')) lab.openPanel({ kind: 'data' });
          break;
        case 'c':
          if (!hidden.has('compare')) lab.openPanel({ kind: 'compare', view: 'methods' });
          break;
        case '?':
          lab.openPanel({ kind: 'help' });
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [lab]);
  return null;
}
