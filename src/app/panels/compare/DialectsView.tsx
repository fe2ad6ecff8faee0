/** MAS as the paper, its authors, Avalanche and FACIL compute it, on the current run's network. */
import { DIALECTS, type DialectId, type DialectReport } from '../../../core/dialects.ts';
import { formatNumber, formatPercent, formatWhole } from '../../format.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { deviceTaken } from '../../state/device-use.ts';
import { activeTask, finishedTasks } from '../../state/lab-state.ts';
import { texts } from '../../texts.ts';
import { ReportButtons } from './ReportButtons.tsx';

const t = texts.dialects;

export function DialectsView() {
  const lab = useLab();
  const dialects = useApp((state) => state.dialects);
  const finished = useApp((state) => finishedTasks(state.lab));
  const busy = useApp((state) => activeTask(state.lab.phase) !== null);
  const taken = useApp(deviceTaken);
  const stale = useApp((state) => state.dialects.kind === 'done' && (state.dialects.runId !== state.lab.runId || state.dialects.report.task !== finishedTasks(state.lab) - 1));
  const why = finished === 0 ? t.needRun : taken ?? (busy ? texts.selfCheck.busy : null);
  return (
    <>
      <p className="card-hint">{t.hint}</p>
      <div className="button-row">
        <button type="button" className="accent" disabled={why !== null || dialects.kind === 'measuring'} onClick={() => lab.research.measureDialects()}>
          {dialects.kind === 'measuring' ? t.measuring : t.measure}
        </button>
        {why !== null && <span className="muted">{why}</span>}
      </div>
      {dialects.kind === 'measuring' && <p role="status" className="visually-hidden">{t.measuring}</p>}
      {dialects.kind === 'failed' && <div className="message" data-kind="error" role="alert"><div><p>{dialects.error.message}</p><p className="message-hint">{dialects.error.hint}</p></div></div>}
      {dialects.kind === 'done' && (
        <>
          {stale && <p className="muted">{t.stale}</p>}
          <Report report={dialects.report} />
        </>
      )}
    </>
  );
}

function Report({ report }: { readonly report: DialectReport }) {
  const { rows, task, images, weights, batchSize } = report;
  const toPaper = (dialect: DialectId) => report.pairs.find(({ first, second }) => first === 'paper' && second === dialect);
  return (
    <>
      <section aria-labelledby="dialects-result">
        <div className="panel-line">
          <h3 id="dialects-result">{t.against}</h3>
          <ReportButtons report={{ kind: 'dialects', report }} labels={t.save} />
        </div>
        <p className="card-hint">{t.measured(task, formatWhole(images), formatWhole(weights), formatWhole(batchSize))}</p>
        <div className="table-scroll" tabIndex={0}>
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{t.dialect}</th>
                <th scope="col" className="num">{t.mean}</th>
                <th scope="col" className="num" title={t.help.scale}>{t.scale}</th>
                <th scope="col" className="num" title={t.help.spearman}>{t.spearman}</th>
                <th scope="col" className="num" title={t.help.overlap}>{t.overlap}</th>
                <th scope="col" className="num" title={t.help.lambda}>{t.lambda}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ dialect, mean, lambda }) => {
                const pair = toPaper(dialect);
                return (
                  <tr key={dialect}>
                    <th scope="row">{DIALECTS[dialect].label}</th>
                    <td className="num">{formatNumber(mean)}</td>
                    <td className="num">{pair ? formatNumber(pair.scale) : '1'}</td>
                    <td className="num">{pair ? formatRank(pair.spearman) : '1'}</td>
                    <td className="num">{pair ? formatPercent(pair.topOverlap, true) : '–'}</td>
                    <td className="num"><b>{formatNumber(lambda)}</b></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <ul className="dialect-words">
          {rows.map(({ dialect, lambda }) => {
            const pair = toPaper(dialect);
            const { label, rule, source } = DIALECTS[dialect];
            return (
              <li key={dialect}>
                <p>{pair ? t.says(label, formatNumber(pair.scale), orderOf(pair.spearman), formatPercent(pair.topOverlap), formatNumber(lambda)) : `${label}: ${t.paperSays}`}</p>
                <p className="muted">{rule} <cite>{source}</cite></p>
              </li>
            );
          })}
        </ul>
      </section>
      <details>
        <summary>{t.pairs}</summary>
        <div className="table-scroll" tabIndex={0}>
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{t.pair}</th><th scope="col" className="num">{t.scale}</th><th scope="col" className="num" title={t.help.leastSquares}>{t.leastSquares}</th>
                <th scope="col" className="num">{t.spearman}</th><th scope="col" className="num">{t.overlap}</th>
              </tr>
            </thead>
            <tbody>
              {report.pairs.map(({ first, second, scale, leastSquares, spearman, topOverlap }) => (
                <tr key={`${first} ${second}`}>
                  <th scope="row">{DIALECTS[first].label} : {DIALECTS[second].label}</th>
                  <td className="num">{formatNumber(scale)}</td>
                  <td className="num">{formatNumber(leastSquares)}</td>
                  <td className="num">{formatRank(spearman)}</td>
                  <td className="num">{formatPercent(topOverlap, true)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function formatRank(spearman: number | null): string {
  return spearman === null ? '–' : spearman.toFixed(3);
}

/** In words: 0.99 and more is the same order for every use of Ω that compares weights. */
function orderOf(spearman: number | null): 'alike' | 'much alike' | 'differently' | null {
  if (spearman === null) return null;
  return spearman >= 0.99 ? 'alike' : spearman >= 0.9 ? 'much alike' : 'differently';
}
