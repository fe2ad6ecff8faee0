/** Whether a task stands back, because another is pointed at somewhere on the page. */
import { useCallback, useSyncExternalStore } from 'react';
import { useLab } from '../lab-context.ts';

export function useFaded(task: number): boolean {
  const { hover } = useLab();
  const subscribe = useCallback((listener: () => void) => hover.subscribe(listener), [hover]);
  return useSyncExternalStore(subscribe, () => {
    const hot = hover.get().task;
    return hot !== null && hot !== task;
  });
}
