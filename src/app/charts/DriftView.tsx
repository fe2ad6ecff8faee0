/** How far weights moved while the task was learned, against how strongly they were held: a density plot, with its median. */
import { useMemo, useState } from 'react';
import type { DriftDensity, ImportanceSummary } from '../../core/importance-summary.ts';
import { formatPercent, formatWhole } from '../format.ts';
import { texts } from '../texts.ts';
import { levelPaths, medians, summed } from './density.ts';
import { heatFill } from './heat.ts';
import { power } from './power.ts';

const t = texts.importance;
const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 52;
const BOTTOM = 40;
const TOP = 10;
const RIGHT = 12;
const ALL = '';

export function DriftView({ summary }: { readonly summary: ImportanceSummary }) {
  const [layer, setLayer] = useState(ALL);
  const { density } = summary;
  const shown = useMemo(() => {
    if (!density) return null;
    return density.find(({ name }) => name === layer) ?? summed(density);
  }, [density, layer]);
  if (!density || !shown) return <p className="chart-empty chart-empty-inline">{t.noDrift}</p>;
  const inPlot = shown.counts.reduce((a, b) => a + b, 0);
  const total = inPlot + shown.free + shown.still;
  return (
    <div className="density-view">
      <div className="filter-line">
        <select aria-label={t.layer} value={layer} onChange={(event) => setLayer(event.target.value)}>
          <option value={ALL}>{t.allLayers}</option>
          {density.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
        <p className="card-hint">{t.driftCounts(formatWhole(total), formatPercent(shown.free / Math.max(1, total), true), formatPercent(shown.still / Math.max(1, total), true))}</p>
      </div>
      <div className="table-scroll" tabIndex={0}><DensityPlot density={shown} /></div>
      <p className="card-hint">{t.driftHint}</p>
    </div>
  );
}

function DensityPlot({ density }: { readonly density: DriftDensity }) {
  const { omegaMin, driftMin, step, columns, rows } = density;
  const cell = { width: (WIDTH - LEFT - RIGHT) / columns, height: (HEIGHT - TOP - BOTTOM) / rows };
  const x = (logOmega: number): number => LEFT + ((logOmega - omegaMin) / step) * cell.width;
  const y = (logDrift: number): number => HEIGHT - BOTTOM - ((logDrift - driftMin) / step) * cell.height;
  const levels = useMemo(() => levelPaths(density, LEFT, HEIGHT - BOTTOM, (WIDTH - LEFT - RIGHT) / density.columns, (HEIGHT - TOP - BOTTOM) / density.rows), [density]);
  const middle = useMemo(() => medians(density), [density]);
  const decades = (from: number, count: number): number[] => {
    const first = Math.ceil(from - 1e-9);
    const last = Math.floor(from + count * step + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / 8));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k).filter((decade) => decade % every === 0);
  };
  return (
    <svg className="plain-chart density importance-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.driftPlot}>
      {decades(omegaMin, columns).map((decade) => (
        <g key={`x${decade}`}>
          <line className="grid-line" x1={x(decade)} x2={x(decade)} y1={TOP} y2={HEIGHT - BOTTOM} />
          <text className="tick" x={x(decade)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">{power(decade)}</text>
        </g>
      ))}
      {decades(driftMin, rows).map((decade) => (
        <g key={`y${decade}`}>
          <line className="grid-line" x1={LEFT} x2={WIDTH - RIGHT} y1={y(decade)} y2={y(decade)} />
          <text className="tick" x={LEFT - 6} y={y(decade) + 4} textAnchor="end">{power(decade)}</text>
        </g>
      ))}
      {levels.map(({ share, d }) => <path key={share} d={d} style={heatFill(share)} />)}
      <path
        className="curve" strokeWidth={2} style={{ stroke: 'var(--series-penalty)' }}
        d={middle.map(({ column, row }, k) => `${k === 0 ? 'M' : 'L'}${(LEFT + (column + 0.5) * cell.width).toFixed(1)} ${(HEIGHT - BOTTOM - (row + 0.5) * cell.height).toFixed(1)}`).join('')}
      />
      <text className="tick" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">{t.omegaAxis}</text>
      <text className="tick" transform={`translate(11 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">{t.driftAxis}</text>
    </svg>
  );
}
