/** One row per method: mean ± 95 % of every measure, and its settings in one click. */
import { COMPARISON_MEASURES, type ComparedRun, type ComparisonRequest, type ComparisonRow } from '../../../core/comparison.ts';
import type { Estimate } from '../../../core/statistics.ts';
import { formatNumber, formatTenths } from '../../format.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { runLasts } from '../../state/run-rules.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';
import { methodColor } from './method-look.ts';

const t = texts.compare;

interface ComparisonTableProps {
  readonly rows: readonly ComparisonRow[];
  /** Whose settings can be taken; empty while it trains. */
  readonly runs: readonly ComparedRun[];
  readonly request: ComparisonRequest;
}

export function ComparisonTable({ rows, runs, request }: ComparisonTableProps) {
  const lab = useLab();
  const lasts = useApp((state) => runLasts(state.lab));
  // Without joint training nothing is measured against it; a column of dashes says nothing.
  const measures = COMPARISON_MEASURES.filter(({ key }) => rows.some((row) => row[key] !== null));
  const runOf = (row: ComparisonRow): ComparedRun | undefined => runs.find((run) => run.method === row.method && run.seed === request.seeds[0]);
  return (
    <div className="table-scroll" tabIndex={0}>
      <table className="data-table compare-table">
        <thead>
          <tr>
            <th scope="col">{t.method}</th>
            <th scope="col" className="num">{t.lambda}</th>
            {measures.map(({ key, title, unit }) => <th key={key} scope="col" className="num measure" title={t.measures[key]}>{title} ({t.units[unit]})</th>)}
            {runs.length > 0 && <th scope="col"><span className="visually-hidden">{texts.runs.actions}</span></th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const run = runOf(row);
            return (
              <tr key={row.method}>
                <th scope="row"><span className="swatch" style={{ background: methodColor(row.method) }} /> {methodName(row.method)}</th>
                <td className="num">{row.lambda === null ? '–' : formatNumber(row.lambda)}</td>
                {measures.map(({ key, unit }) => <td key={key} className="num">{formatEstimate(row[key], unit)}</td>)}
                {run && (
                  <td>
                    <button type="button" className="small" disabled={lasts} title={lasts ? texts.settings.locked : undefined} aria-label={t.useSettings(methodName(row.method))} onClick={() => lab.useSettings(run.config)}>{t.use}</button>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** 0.824 ± 0.031 → “82.4 ± 3.1”. */
export function formatEstimate(estimate: Estimate | null, unit: 'share' | 'points' | 'ms'): string {
  if (estimate === null) return '–';
  const scale = unit === 'ms' ? 1 : 100;
  const mean = formatTenths(scale * estimate.mean);
  return estimate.half === null ? mean : `${mean} ± ${formatTenths(scale * estimate.half)}`;
}
