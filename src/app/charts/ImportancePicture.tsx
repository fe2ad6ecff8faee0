/** The table of layers as SVG for saving; not shown. */
import type { LayerImportance } from '../../core/importance-summary.ts';
import { formatNumber, formatPercent } from '../format.ts';
import { texts } from '../texts.ts';
import { HISTOGRAM_HEIGHT, HISTOGRAM_WIDTH, histogramPath } from './histogram.ts';
import { power } from './power.ts';

const i = texts.importance;
const ROW = 34;
const HEAD = 22;
const SHARE = 190;
const SHARE_WIDTH = 90;
const HISTOGRAM = 350;
const NUMBERS = HISTOGRAM + HISTOGRAM_WIDTH + 80;
const NUMBER_WIDTH = 76;

interface ImportancePictureProps {
  readonly layers: readonly LayerImportance[];
  readonly range: { readonly min: number; readonly max: number };
}

export function ImportancePicture({ layers, range }: ImportancePictureProps) {
  const most = Math.max(...layers.map((layer) => layer.share), 1e-12);
  const numbers = [
    { head: i.max, of: (layer: LayerImportance) => formatNumber(layer.max) },
    { head: i.free, of: (layer: LayerImportance) => formatPercent(layer.zeroShare) },
    { head: i.drift, of: (layer: LayerImportance) => formatNumber(layer.drift) },
  ];
  const heads = [[0, i.layer], [SHARE, i.share], [HISTOGRAM, `${i.histogram}, ${power(range.min)} … ${power(range.max)}`]] as const;
  return (
    <svg className="picture importance-picture" width={NUMBERS + NUMBER_WIDTH * (numbers.length - 1) + 8} height={HEAD + ROW * layers.length} aria-hidden="true" fontSize={12}>
      {heads.map(([x, text]) => <text key={text} className="tick" x={x} y={12}>{text}</text>)}
      {numbers.map(({ head }, column) => <text key={head} className="tick" x={NUMBERS + NUMBER_WIDTH * column} y={12} textAnchor="end">{head}</text>)}
      {layers.map((layer, row) => {
        const y = HEAD + ROW * row;
        return (
          <g key={layer.name} style={{ fill: 'var(--text)' }}>
            <text x={0} y={y + 20}>{layer.name}</text>
            <rect x={SHARE} y={y + 11} width={Math.max(1, (SHARE_WIDTH * layer.share) / most)} height={10} rx={2} style={{ fill: 'var(--accent)' }} />
            <text x={SHARE + SHARE_WIDTH + 8} y={y + 20}>{formatPercent(layer.share, true)}</text>
            <line className="grid-line" x1={HISTOGRAM} x2={HISTOGRAM + HISTOGRAM_WIDTH} y1={y + 4 + HISTOGRAM_HEIGHT} y2={y + 4 + HISTOGRAM_HEIGHT} />
            <path transform={`translate(${HISTOGRAM} ${y + 4})`} d={histogramPath(layer, range.min, range.max)} style={{ fill: 'var(--text-2)' }} />
            {numbers.map(({ head, of }, column) => <text key={head} x={NUMBERS + NUMBER_WIDTH * column} y={y + 20} textAnchor="end">{of(layer)}</text>)}
          </g>
        );
      })}
    </svg>
  );
}
