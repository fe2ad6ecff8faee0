/** The run as the page shows it, for components. */
import { useMemo } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { shownAt } from '../state/shown-at.ts';
import type { Shown } from '../state/shown-at.ts';

export function useShown(): Shown {
  const lab = useLab();
  const lookBack = useApp((state) => state.lookBack);
  const metrics = useApp((state) => state.lab.metrics);
  const latest = useApp((state) => state.lab.latest);
  return useMemo(
    () => (lookBack === null ? { metrics, latest } : shownAt(lab.series.evaluations, lookBack)),
    [lab, lookBack, metrics, latest],
  );
}
