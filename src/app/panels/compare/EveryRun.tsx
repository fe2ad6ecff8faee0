/** The runs that the means are made of. */
import type { ComparedRun } from '../../../core/comparison.ts';
import { methodHas } from '../../../core/method-settings.ts';
import { formatExact, formatLost, formatNumber, formatPercent } from '../../format.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { runLasts } from '../../state/run-rules.ts';
import { methodName } from '../../state/story.ts';
import { texts } from '../../texts.ts';

const t = texts.compare;

export function EveryRun({ runs }: { readonly runs: readonly ComparedRun[] }) {
  const lab = useLab();
  const lasts = useApp((state) => runLasts(state.lab));
  return (
    <details>
      <summary>{t.everyRun}</summary>
      <div className="table-scroll" tabIndex={0}>
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">{t.method}</th>
              <th scope="col" className="num">{t.seed}</th>
              <th scope="col" className="num">{t.lambda}</th>
              <th scope="col" className="num">{texts.summary.averageAccuracy}</th>
              <th scope="col" className="num">{texts.summary.averageForgetting}</th>
              <th scope="col"><span className="visually-hidden">{texts.runs.actions}</span></th>
            </tr>
          </thead>
          <tbody>
            {runs.map(({ method, seed, config, metrics }) => (
              <tr key={`${method} ${seed}`}>
                <th scope="row">{methodName(method)}</th>
                <td className="num">{formatExact(seed)}</td>
                <td className="num">{methodHas(method, 'lambda') ? formatNumber(config.lambda) : '–'}</td>
                <td className="num">{formatPercent(metrics.averageAccuracy, true)}</td>
                <td className="num">{formatLost(metrics.averageForgetting)}</td>
                <td><button type="button" className="small" disabled={lasts} aria-label={t.useRun(methodName(method), formatExact(seed))} onClick={() => lab.useSettings(config)}>{t.use}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
