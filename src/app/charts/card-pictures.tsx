/** The charts that are tables on screen, as SVG for saving; not shown. Memoised: their numbers change once a task, their cards at every evaluation. */
import { memo } from 'react';
import type { Metrics } from '../../core/protocol.ts';
import { formatPercent, formatPoints } from '../format.ts';
import { texts } from '../texts.ts';
import { heatFill } from './heat.ts';
import { taskColor } from './palette.ts';

const CELL = 48;
const HEAD = 30;

export const MatrixPicture = memo(function MatrixPicture({ metrics, count }: { readonly metrics: Metrics | null; readonly count: number }) {
  const size = HEAD + CELL * count;
  return (
    <svg className="picture matrix-picture" width={size} height={size} aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <g key={index} style={{ fill: taskColor(index) }} fontSize={12} fontWeight={600} textAnchor="middle">
          <text x={HEAD + CELL * (index + 0.5)} y={18}>{index + 1}</text>
          <text x={HEAD / 2} y={HEAD + CELL * (index + 0.5) + 4}>{index + 1}</text>
        </g>
      ))}
      {metrics?.accuracyMatrix.flatMap((row, i) => row.slice(0, i + 1).map((accuracy, j) => accuracy === null ? null : (
        <g key={`${i}-${j}`}>
          <rect
            x={HEAD + CELL * j + 1} y={HEAD + CELL * i + 1} width={CELL - 2} height={CELL - 2} rx={4}
            style={heatFill(accuracy)}
          />
          <text
            x={HEAD + CELL * (j + 0.5)} y={HEAD + CELL * (i + 0.5) + 4} fontSize={12} textAnchor="middle"
            style={{ fill: 'var(--heat-text)' }}
          >
            {formatPercent(accuracy)}
          </text>
        </g>
      )))}
    </svg>
  );
});

const ROW = 32;
const NAME = 64;
const TRACK = 400;
const DROP = 60;

export const ForgettingPicture = memo(function ForgettingPicture({ metrics }: { readonly metrics: Metrics | null }) {
  const matrix = metrics?.accuracyMatrix ?? [];
  const x = (accuracy: number): number => NAME + TRACK * accuracy;
  const height = ROW * Math.max(1, matrix.length) + 26;
  return (
    <svg className="picture forgetting-picture" width={NAME + TRACK + DROP} height={height} aria-hidden="true" fontSize={12}>
      {[0, 0.25, 0.5, 0.75, 1].map((value) => (
        <g key={value}>
          <line x1={x(value)} x2={x(value)} y1={0} y2={height - 24} className="grid-line" />
          <text x={x(value)} y={height - 8} textAnchor="middle" className="tick">{formatPercent(value)}</text>
        </g>
      ))}
      {matrix.map((row, index) => {
        const learned = row[index] ?? null;
        const now = matrix.at(-1)?.[index] ?? null;
        const y = ROW * (index + 0.5);
        return learned === null || now === null ? null : (
          <g key={index} style={{ stroke: taskColor(index) }}>
            <text x={0} y={y + 4} style={{ fill: 'var(--text)', stroke: 'none' }}>{texts.task(index)}</text>
            <line x1={x(now)} x2={x(learned)} y1={y} y2={y} strokeWidth={4} opacity={0.55} />
            <circle cx={x(learned)} cy={y} r={5} strokeWidth={2} style={{ fill: 'var(--surface)' }} />
            <circle cx={x(now)} cy={y} r={4.5} style={{ fill: taskColor(index), stroke: 'none' }} />
            <text x={NAME + TRACK + DROP - 4} y={y + 4} textAnchor="end" fontWeight={600} style={{ fill: 'var(--text)', stroke: 'none' }}>{formatPoints(now - learned)}</text>
          </g>
        );
      })}
    </svg>
  );
});
