/** The run as the page shows it, for components. */
import { useMemo } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { shownAt } from '../state/shown-at.ts';
import type { Shown } from '../state/shown-at.ts';
import type { Follower } from '../state/turns.ts';

/**
 * A part of what a card shows in numbers; the component renders again when that part is another value.
 * @param card   whose numbers wait for their turn while a run trains
 * @param select gives a part that is compared by identity: a number, or an object of the state as it is
 */
export function useShown<T>(card: Follower, select: (shown: Shown) => T): T {
  const { series } = useLab();
  const lookBack = useApp((state) => state.lookBack);
  const past = useMemo(() => (lookBack === null ? null : shownAt(series.evaluations, lookBack)), [series, lookBack]);
  return useApp(({ lab, turns }) => select(past ?? { metrics: lab.metrics, latest: turns.seen[card] }));
}
