/** The run's shape along the step axis, renewed when tasks, settings or finished tasks change: not at every point. */
import { useMemo, useState, useSyncExternalStore } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { shownTasks } from '../state/app-state.ts';
import { runShape, sameShape } from './run-shape.ts';
import type { RunShape } from './run-shape.ts';

export function useRunShape(): RunShape {
  const lab = useLab();
  const tasks = useApp(shownTasks);
  const metrics = useApp((state) => state.lab.metrics);
  const { epochs, batchSize } = useApp((state) => (state.lab.runId === null ? state.form : (state.lab.runConfig ?? state.form)));
  const overlays = useApp((state) => state.overlays);
  const computed = useMemo(
    () => runShape(tasks, { epochs, batchSize }, lab.series.evaluations, 0),
    // A task that ended moved its boundary; that shows in the metrics.
    [lab, tasks, metrics, epochs, batchSize],
  );
  // A run that starts or ends a task as planned has the shape it had: the charts' frames, costly to draw, then stay as they are.
  const [current, setCurrent] = useState(computed);
  if (current !== computed && !sameShape(current, computed)) setCurrent(computed);
  const longest = overlays.reduce((most, overlay) => Math.max(most, overlay.evaluations.at(-1)?.step ?? 0), current.total);
  // A run that goes on past what was expected (epochs raised, an epoch repeated) stretches the axis in strides, not step by step.
  const total = useSyncExternalStore(
    (listener) => lab.series.subscribe(listener),
    () => (lab.series.lastStep <= longest ? longest : Math.ceil(lab.series.lastStep / 100) * 100),
  );
  return useMemo(() => ({ segments: current.segments, total }), [current, total]);
}
