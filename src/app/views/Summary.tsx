/** The run in four numbers. */
import { formatLost, formatPercent, formatPoints } from '../format.ts';
import { texts } from '../texts.ts';
import { useShown } from './use-shown.ts';

const t = texts.summary;

export function Summary() {
  const metrics = useShown('tasks', (shown) => shown.metrics);
  const items = [
    { key: 'averageAccuracy', value: formatPercent(metrics?.averageAccuracy ?? null, true), unit: '' },
    { key: 'averageForgetting', value: formatLost(metrics?.averageForgetting ?? null), unit: t.points(metrics?.averageForgetting ?? null) },
    { key: 'learningAccuracy', value: formatPercent(metrics?.learningAccuracy ?? null, true), unit: '' },
    { key: 'bwt', value: formatPoints(metrics?.bwt ?? null), unit: t.points(metrics?.bwt ?? null) },
  ] as const;
  return (
    <dl className="summary">
      {items.map(({ key, value, unit }) => (
        <div key={key} className="figure" title={t.help[key]}>
          <dt>{t[key]}</dt>
          <dd data-empty={value === '–' || undefined}>{value}{value !== '–' && unit !== '' && <small> {unit}</small>}</dd>
        </div>
      ))}
    </dl>
  );
}
