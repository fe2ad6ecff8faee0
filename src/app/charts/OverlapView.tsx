/** Which weights serve several tasks: overlap of the tasks' most important tenths, pair by pair, and how many tasks a weight serves. */
import type { ImportanceOverlap, ImportanceSummary } from '../../core/importance-summary.ts';
import { formatPercent } from '../format.ts';
import { texts } from '../texts.ts';
import { heatFill } from './heat.ts';
import { taskColor } from './palette.ts';

const t = texts.importance;
const CELL = 46;
const HEAD = 30;
const ROW = 24;
const NAME = 72;
const TRACK = 130;
const VALUE = 56;
const GAP = 32;
/** Two tenths drawn by chance share 0.1² of all weights, out of 0.19. */
const BY_CHANCE = 0.01 / 0.19;

export function OverlapView({ summary }: { readonly summary: ImportanceSummary }) {
  const { overlap } = summary;
  if (!overlap || overlap.jaccard.length < 2) return <p className="chart-empty chart-empty-inline">{t.noOverlap}</p>;
  return (
    <div className="overlap-view">
      <p className="card-hint">{t.overlapHint(formatPercent(BY_CHANCE))}</p>
      <div className="table-scroll" tabIndex={0}><OverlapPicture overlap={overlap} /></div>
      <div className="table-scroll" tabIndex={0}>
        <table className="data-table">
          <thead><tr><th scope="col">{t.layer}</th><th scope="col" className="num">{t.sharedWeights}</th></tr></thead>
          <tbody>
            {summary.layers.map((layer, index) => layer.name.endsWith('.weight') && (
              <tr key={layer.name}><th scope="row"><code>{layer.name}</code></th><td className="num">{formatPercent(overlap.sharedByLayer[index] ?? 0, true)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function OverlapPicture({ overlap: { jaccard, served } }: { readonly overlap: ImportanceOverlap }) {
  const count = jaccard.length;
  const total = Math.max(1, served.reduce((a, b) => a + b, 0));
  const side = HEAD + CELL * count;
  const left = side + GAP;
  const spoken = jaccard.flatMap((row, i) => row.slice(0, i).map((value, j) => t.overlapOf(texts.task(i), texts.task(j), formatPercent(value))));
  return (
    <svg className="overlap importance-picture" width={left + NAME + TRACK + VALUE} height={Math.max(side, ROW * served.length + HEAD)} role="img" aria-label={spoken.join(', ')} fontSize={12}>
      {jaccard.map((row, i) => (
        <g key={i} textAnchor="middle">
          <text x={HEAD + CELL * (i + 0.5)} y={18} fontWeight={600} style={{ fill: taskColor(i) }}>{i + 1}</text>
          <text x={HEAD / 2} y={HEAD + CELL * (i + 0.5) + 4} fontWeight={600} style={{ fill: taskColor(i) }}>{i + 1}</text>
          {row.slice(0, i + 1).map((value, j) => value !== null && (
            <g key={j}>
              <rect
                x={HEAD + CELL * j + 1} y={HEAD + CELL * i + 1} width={CELL - 2} height={CELL - 2} rx={4}
                style={heatFill(value)}
              />
              <text x={HEAD + CELL * (j + 0.5)} y={HEAD + CELL * (i + 0.5) + 4} style={{ fill: 'var(--heat-text)' }}>{formatPercent(value)}</text>
            </g>
          ))}
        </g>
      ))}
      <text x={left} y={18} fontWeight={600} style={{ fill: 'var(--text)' }}>{t.servedBy}</text>
      {served.map((weights, tasks) => {
        const y = HEAD + ROW * tasks;
        return (
          <g key={tasks} style={{ fill: 'var(--text)' }}>
            <text x={left} y={y + 16}>{t.serves(tasks)}</text>
            <rect x={left + NAME} y={y + 6} width={Math.max(weights > 0 ? 1 : 0, (TRACK * weights) / total)} height={12} rx={2} style={{ fill: 'var(--accent)' }} />
            <text x={left + NAME + TRACK + VALUE} y={y + 16} textAnchor="end">{formatPercent(weights / total, true)}</text>
          </g>
        );
      })}
    </svg>
  );
}
