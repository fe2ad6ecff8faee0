/** Average accuracy and forgetting per method after the last task, each a dot with its 95 % interval. */
import type { ComparisonRow } from '../../../core/comparison.ts';
import type { Estimate } from '../../../core/statistics.ts';
import { SaveMenu } from '../../charts/SaveMenu.tsx';
import { formatLost, formatPercent } from '../../format.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';
import { formatEstimate } from './ComparisonTable.tsx';
import { methodColor } from './method-look.ts';

const t = texts.compare;
const WIDTH = 840;
const NAMES = 124;
const GAP = 40;
const ROW = 28;
const TOP = 26;
const BOTTOM = 26;
const PLOT = (WIDTH - NAMES - GAP - 16) / 2;

export function FinalChart({ rows }: { readonly rows: readonly ComparisonRow[] }) {
  const height = TOP + rows.length * ROW + BOTTOM;
  return (
    <section>
      <div className="panel-line">
        <div className="panel-title"><h3>{t.finalTitle}</h3><p className="card-hint">{t.finalHint}</p></div>
        <SaveMenu
          title={t.finalTitle} caption={t.finalHint} fileName="mas-lab-methods" picture="svg.plain-chart"
          table={() => ({
            header: ['method', 'lambda', 'average_accuracy', 'average_accuracy_half95', 'average_forgetting', 'average_forgetting_half95', 'seeds'],
            rows: rows.map(({ method, lambda, averageAccuracy, averageForgetting }) => [
              method, lambda, averageAccuracy?.mean ?? null, averageAccuracy?.half ?? null, averageForgetting?.mean ?? null, averageForgetting?.half ?? null, averageAccuracy?.count ?? null,
            ]),
          })}
        />
      </div>
      <div className="table-scroll" tabIndex={0}>
        <svg className="plain-chart" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t.finalTitle}>
          {rows.map(({ method }, index) => (
            <text key={method} x={NAMES - 12} y={middle(index) + 4} textAnchor="end" className="tick method-name">{methodName(method)}</text>
          ))}
          <Dots rows={rows} left={NAMES} height={height} title={texts.summary.averageAccuracy} low={0} high={1} read={(row) => row.averageAccuracy} say={(value) => formatPercent(value)} unit="share" />
          <Forgetting rows={rows} height={height} />
        </svg>
      </div>
    </section>
  );
}

/** Forgetting may be negative, and is small where protection works: its axis is as long as the figures and their intervals need. */
function Forgetting({ rows, height }: { readonly rows: readonly ComparisonRow[]; readonly height: number }) {
  const ends = rows.flatMap(({ averageForgetting: found }) => (found === null ? [] : [found.mean - (found.half ?? 0), found.mean + (found.half ?? 0)]));
  const low = Math.max(-1, Math.floor(Math.min(0, ...ends) * 10) / 10);
  const high = Math.max(0.2, Math.ceil(Math.max(0, ...ends) * 10) / 10);
  return (
    <Dots
      rows={rows} left={NAMES + PLOT + GAP} height={height} title={texts.summary.averageForgetting} low={Math.min(low, -0.1)} high={Math.min(1, high)}
      read={(row) => row.averageForgetting} say={formatLost} unit="points"
    />
  );
}

interface DotsProps {
  readonly rows: readonly ComparisonRow[];
  readonly left: number;
  readonly height: number;
  readonly title: string;
  readonly low: number;
  readonly high: number;
  readonly read: (row: ComparisonRow) => Estimate | null;
  readonly say: (value: number) => string;
  readonly unit: 'share' | 'points';
}

function Dots({ rows, left, height, title, low, high, read, say, unit }: DotsProps) {
  const x = (value: number): number => left + (PLOT * (Math.min(high, Math.max(low, value)) - low)) / (high - low);
  const step = high - low > 0.7 ? 0.25 : high - low > 0.35 ? 0.1 : 0.05;
  const ticks = Array.from({ length: Math.floor((high - low) / step + 1e-9) + 1 }, (_, index) => (Math.ceil(low / step - 1e-9) + index) * step).filter((value) => value <= high + 1e-9);
  return (
    <g>
      <text x={left + PLOT / 2} y={14} textAnchor="middle" className="tick method-name">{title}</text>
      {ticks.map((value) => (
        <g key={value}>
          <line x1={x(value)} x2={x(value)} y1={TOP} y2={height - BOTTOM} className={Math.abs(value) < 1e-9 ? 'grid-line zero-line' : 'grid-line'} />
          <text x={x(value)} y={height - 8} textAnchor="middle" className="tick">{say(value)}</text>
        </g>
      ))}
      {rows.map((row, index) => {
        const found = read(row);
        if (found === null) return null;
        const color = methodColor(row.method);
        return (
          <g key={row.method}>
            <title>{`${methodName(row.method)}: ${formatEstimate(found, unit)}`}</title>
            {found.half !== null && <line x1={x(found.mean - found.half)} x2={x(found.mean + found.half)} y1={middle(index)} y2={middle(index)} className="curve" strokeWidth={3} style={{ stroke: color, opacity: 0.55 }} />}
            <circle cx={x(found.mean)} cy={middle(index)} r={5} style={{ fill: color }} />
          </g>
        );
      })}
    </g>
  );
}

function middle(row: number): number {
  return TOP + (row + 0.5) * ROW;
}
