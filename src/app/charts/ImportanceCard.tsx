/** Where importance lies: per layer its share of Σ Ω, the histogram of log Ω, what is free, and how far the weights have moved. */
import { memo, useDeferredValue, useState } from 'react';
import type { ImportanceSummary, LayerImportance } from '../../core/importance-summary.ts';
import { formatNumber, formatPercent, formatWhole } from '../format.ts';
import { useApp } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { PixelImage } from '../views/PixelImage.tsx';
import { ChartCard } from './ChartCard.tsx';
import { SaveMenu } from './SaveMenu.tsx';
import { heldShare, pullShare } from './pull.ts';
import { driftTable, importanceTable, overlapTable } from './chart-data.ts';
import { DriftView } from './DriftView.tsx';
import { ImportancePicture } from './ImportancePicture.tsx';
import { OverlapView } from './OverlapView.tsx';
import { HISTOGRAM_HEIGHT, HISTOGRAM_WIDTH, histogramPath, histogramRange } from './histogram.ts';
import { taskColor } from './palette.ts';

const t = texts.charts;
const i = texts.importance;

const VIEWS = ['layers', 'drift', 'overlap'] as const;
type View = (typeof VIEWS)[number];
const NO_FILTERS: ImportanceSummary['filters'] = [];
const TABLES = { layers: importanceTable, drift: driftTable, overlap: overlapTable } as const;

export function ImportanceCard() {
  // A task's end changes everything at once; this table is the largest part of it and can follow a moment later, in slices.
  const importances = useDeferredValue(useApp((state) => state.lab.importances));
  const [chosen, setChosen] = useState<number | null>(null);
  const [biases, setBiases] = useState(false);
  const [view, setView] = useState<View>('layers');
  const summary = importances.find((candidate) => candidate.task === chosen) ?? importances.at(-1) ?? null;
  const tools = importances.length > 0 && (
    <>
      <div className="segmented" role="group" aria-label={i.after}>
        {importances.map(({ task }) => (
          <button key={task} type="button" aria-pressed={summary?.task === task} onClick={() => setChosen(task)}>
            <span className="swatch" style={{ background: taskColor(task) }} />{texts.task(task)}
          </button>
        ))}
      </div>
      <div className="segmented" role="group" aria-label={i.view}>
        {VIEWS.map((choice) => <button key={choice} type="button" aria-pressed={view === choice} onClick={() => setView(choice)}>{i.views[choice]}</button>)}
      </div>
      {view === 'layers' && <button type="button" className="quiet small" aria-pressed={biases} onClick={() => setBiases(!biases)}>{i.biases}</button>}
      <SaveMenu title={`${t.importance}: ${i.views[view].toLowerCase()}`} caption={i.captions[view]} fileName={`importance-${view}`} picture=".importance-picture" table={() => TABLES[view](importances)} />
    </>
  );
  return (
    <ChartCard title={t.importance} hint={t.importanceHint} className="card-importance" tools={tools}>
      {summary === null ? (
        <div className="importance-empty"><p className="chart-empty chart-empty-inline">{t.empty.importance}</p></div>
      ) : (
        <>
          {view === 'layers' && <Layers summary={summary} biases={biases} />}
          {view === 'drift' && <DriftView summary={summary} />}
          {view === 'overlap' && <OverlapView summary={summary} />}
        </>
      )}
    </ChartCard>
  );
}

const Layers = memo(function Layers({ summary, biases }: { readonly summary: ImportanceSummary; readonly biases: boolean }) {
  // What the controls say now, not what the run trained with: moving λ shows what it would do.
  const strength = useApp((state) => 2 * state.form.learningRate * state.form.lambda);
  // Their pictures are made after the table is there.
  const filters = useDeferredValue(summary.filters, NO_FILTERS);
  const layers = summary.layers.filter((layer) => biases || layer.name.endsWith('.weight'));
  const range = histogramRange(layers);
  const mostShare = Math.max(...layers.map((layer) => layer.share), 1e-12);
  return (
    <div className="importance">
      <Capacity summary={summary} strength={strength} />
      <ImportancePicture layers={layers} range={range} />
      <div className="table-scroll" tabIndex={0}>
        <table className="data-table importance-table">
          <thead>
            <tr>
              <th scope="col">{i.layer}</th>
              <th scope="col" title={i.help.share}>{i.share}</th>
              <th scope="col" title={i.help.histogram}>{i.histogram} <span className="muted">10<sup>{range.min}</sup> … 10<sup>{range.max}</sup></span></th>
              <th scope="col" className="num" title={i.help.max}>{i.max}</th>
              <th scope="col" className="num" title={i.help.free}>{i.free}</th>
              <th scope="col" className="num" title={i.help.drift}>{i.drift}</th>
              <th scope="col" className="num" title={i.help.pull}>{i.pull}</th>
              <th scope="col" className="num" title={i.help.held}>{i.held}</th>
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => <LayerRow key={layer.name} layer={layer} mostShare={mostShare} min={range.min} max={range.max} strength={strength} />)}
          </tbody>
        </table>
      </div>
      {filters.length > 0 && <Filters filters={filters} />}
    </div>
  );
});

interface LayerRowProps {
  readonly layer: LayerImportance;
  readonly mostShare: number;
  /** Of the histogram's axis, as powers of ten. */
  readonly min: number;
  readonly max: number;
  readonly strength: number;
}

/** A component a row, so that rendering the table can pause between rows. */
function LayerRow({ layer, mostShare, min, max, strength }: LayerRowProps) {
  return (
    <tr>
      <th scope="row"><code>{layer.name}</code><span className="muted"> {formatWhole(layer.count)}</span></th>
      <td>
        <span className="share">
          <i style={{ width: `${(layer.share / mostShare) * 100}%` }} />
          <b>{formatPercent(layer.share, true)}</b>
        </span>
      </td>
      <td><Histogram layer={layer} min={min} max={max} /></td>
      <td className="num">{formatNumber(layer.max)}</td>
      <td className="num">{formatPercent(layer.zeroShare)}</td>
      <td className="num">{formatNumber(layer.drift)}</td>
      <td className="num">{formatPercent(pullShare(strength * layer.mean), true)}</td>
      <td className="num">{formatPercent(heldShare(layer, strength), true)}</td>
    </tr>
  );
}

/** What later tasks have left to learn with. */
function Capacity({ summary, strength }: { readonly summary: ImportanceSummary; readonly strength: number }) {
  const count = summary.layers.reduce((sum, layer) => sum + layer.count, 0);
  const share = (read: (layer: LayerImportance) => number): number => summary.layers.reduce((sum, layer) => sum + read(layer) * layer.count, 0) / Math.max(1, count);
  const untouched = summary.overlap ? (summary.overlap.served[0] ?? 0) / Math.max(1, count) : null;
  return (
    <p className="capacity">
      <b>{i.capacity}</b> {i.capacityAt(formatPercent(1 - share((layer) => heldShare(layer, strength)), true))} {i.capacityFree(formatPercent(share((layer) => layer.zeroShare), true))}
      {untouched !== null && ` ${i.capacityTop(formatPercent(untouched, true))}`}
    </p>
  );
}

function Histogram({ layer, min, max }: { readonly layer: LayerImportance; readonly min: number; readonly max: number }) {
  return (
    <svg className="histogram" viewBox={`0 0 ${HISTOGRAM_WIDTH} ${HISTOGRAM_HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={i.histogramOf(layer.name, formatNumber(layer.mean), formatNumber(layer.max))}>
      <path d={histogramPath(layer, min, max)} />
    </svg>
  );
}

function Filters({ filters }: Pick<ImportanceSummary, 'filters'>) {
  const most = Math.max(...filters.map((filter) => filter.omega), 1e-30);
  const order = [...filters].sort((a, b) => b.omega - a.omega);
  return (
    <div className="filters">
      <h3>{i.filters}</h3>
      <p className="card-hint">{i.filtersHint}</p>
      <div className="filter-grid">
        {order.map((filter, index) => (
          <PixelImage
            key={index} image={filter} label={i.filter(formatPercent(filter.omega / most))} className="filter"
            style={{ '--strength': `${Math.round(Math.sqrt(filter.omega / most) * 100)}%` }}
          />
        ))}
      </div>
    </div>
  );
}
