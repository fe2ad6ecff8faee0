/** The loss curves as a table: evenly spaced points of a long run; the export has them all. */
import { formatNumber, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';

const t = texts.charts;
const ROWS = 200;

export function LossTable() {
  const lab = useLab();
  // Points arrive ten times a second; a table follows the evaluations, which is as fast as it can be read.
  useApp((state) => state.lab.latest);
  const { points } = lab.series;
  const every = Math.max(1, Math.ceil(points.length / ROWS));
  const shown = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  return (
    <>
      {every > 1 && <p className="card-hint table-note">{t.everyNth(formatWhole(every))}</p>}
      <div className="table-scroll" style={{ height: 220 }} tabIndex={0}>
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">{t.step}</th><th scope="col">{texts.tasks.task}</th><th scope="col" className="num">{t.crossEntropy} ({t.nats})</th>
              <th scope="col" className="num">{t.penalty}</th><th scope="col" className="num">λ</th><th scope="col" className="num">{t.learningRate}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((point) => (
              <tr key={point.step}>
                <th scope="row">{formatWhole(point.step)}</th><td>{texts.task(point.task)}</td><td className="num">{formatNumber(point.loss)}</td>
                <td className="num">{formatNumber(point.penalty)}</td><td className="num">{formatNumber(point.lambda)}</td><td className="num">{formatNumber(point.learningRate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
