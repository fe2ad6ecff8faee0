/** What a comparison trains now, how much is done, and for how much longer. */
import { formatDuration, formatExact, formatNumber, formatWhole } from '../../format.ts';
import { useApp } from '../../lab-context.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';

const t = texts.compare;

export function ComparisonProgress() {
  const progress = useApp((state) => state.lab.comparison);
  if (progress === null) return <p role="status">{t.preparing}</p>;
  const { stage, done, total, elapsedMs, method, lambda, seed } = progress;
  const leftMs = done === 0 ? null : (elapsedMs / done) * (total - done);
  return (
    <div className="compare-progress">
      <p role="status">{stage === 'choosing' ? t.choosing(methodName(method), formatNumber(lambda)) : t.training(methodName(method), formatExact(seed))}</p>
      <progress max={total} value={done} aria-label={t.tasksDone(formatWhole(done), formatWhole(total))} />
      <p className="muted">{[t.tasksDone(formatWhole(done), formatWhole(total)), ...(leftMs === null ? [] : [texts.stats.left(formatDuration(leftMs))])].join(' · ')}</p>
    </div>
  );
}
