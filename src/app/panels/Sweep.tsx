/** "Sweep λ": the stability–plasticity curve of the present settings, filling in run by run. */
import { useState } from 'react';
import { settingOf } from '../../core/settings.ts';
import { SaveMenu } from '../charts/SaveMenu.tsx';
import { sweepTable } from '../charts/chart-data.ts';
import { formatLost, formatNumber, formatPercent } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { deviceTaken } from '../state/device-use.ts';
import { runLasts } from '../state/run-rules.ts';
import { parseLambdas } from '../state/sweep.ts';
import type { SweepPoint } from '../state/sweep.ts';
import { texts } from '../texts.ts';

const t = texts.sweep;
const SUGGESTED = '0, 0.01, 0.1, 1, 10';

export function Sweep() {
  const lab = useLab();
  const sweep = useApp((state) => state.sweep);
  const lasts = useApp((state) => runLasts(state.lab) || deviceTaken(state) !== null);
  const [text, setText] = useState(SUGGESTED);
  const setting = settingOf('lambda');
  const lambdas = parseLambdas(text, setting.kind === 'number' ? setting.max : Infinity);
  const running = sweep !== null && !sweep.stopped && sweep.at < sweep.points.length;
  return (
    <section className="sweep">
      <div className="panel-line">
        <h3>{t.title}</h3>
        {sweep !== null && <SaveMenu title={t.title} caption={t.caption} fileName="sweep-lambda" picture=".plain-chart" table={() => sweepTable(sweep.points)} />}
      </div>
      <p className="card-hint">{t.hint}</p>
      <form
        className="url-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (lambdas) lab.sweep(lambdas);
        }}
      >
        <label htmlFor="sweep-lambdas">{t.values}</label>
        <input id="sweep-lambdas" type="text" value={text} aria-invalid={lambdas === null || undefined} onChange={(event) => setText(event.target.value)} />
        {running ? <button type="button" onClick={() => lab.stopSweep()}>{t.stop}</button> : <button type="submit" disabled={lambdas === null || lasts}>{t.start}</button>}
      </form>
      {lambdas === null && <p className="message-hint" role="alert">{t.invalid}</p>}
      {sweep !== null && (
        <>
          <p className="muted" role="status">{running ? t.running(sweep.at + 1, sweep.points.length, formatNumber(sweep.points[sweep.at]?.lambda ?? 0)) : sweep.stopped ? t.stopped : t.done}</p>
          <SweepChart points={sweep.points} />
        </>
      )}
    </section>
  );
}

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 40;
const BOTTOM = 30;
const TOP = 12;

/** Average accuracy and forgetting against λ, equally spaced as the values rarely are even on any axis. */
function SweepChart({ points }: { readonly points: readonly SweepPoint[] }) {
  const low = Math.min(0, ...points.map((point) => point.averageForgetting ?? 0));
  const x = (index: number): number => LEFT + ((WIDTH - LEFT - 20) * (index + 0.5)) / points.length;
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (1 - low));
  const curve = (read: (point: SweepPoint) => number | null): string =>
    points.flatMap((point, index) => {
      const value = read(point);
      return value === null ? [] : [`${x(index).toFixed(1)} ${y(value).toFixed(1)}`];
    }).join('L');
  const series = [
    { key: 'accuracy', color: 'var(--accent)', label: texts.summary.averageAccuracy, read: (point: SweepPoint) => point.averageAccuracy },
    { key: 'forgetting', color: 'var(--bad)', label: texts.summary.averageForgetting, read: (point: SweepPoint) => point.averageForgetting },
  ];
  return (
    <figure>
      <div className="table-scroll" tabIndex={0}>
        <svg className="plain-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.title}>
          {[0, 0.25, 0.5, 0.75, 1].map((value) => (
            <g key={value}>
              <line x1={LEFT} x2={WIDTH - 20} y1={y(value)} y2={y(value)} className="grid-line" />
              <text x={LEFT - 6} y={y(value) + 4} textAnchor="end" className="tick">{formatPercent(value)}</text>
            </g>
          ))}
          <text x={WIDTH - 6} y={HEIGHT - 10} textAnchor="end" className="tick">λ</text>
          {points.map((point, index) => <text key={point.lambda} x={x(index)} y={HEIGHT - 10} textAnchor="middle" className="tick">{formatNumber(point.lambda)}</text>)}
          {series.map(({ key, color, read }) => {
            const d = curve(read);
            return (
              <g key={key}>
                {d !== '' && <path d={`M${d}`} className="curve" style={{ stroke: color }} strokeWidth={2} />}
                {points.map((point, index) => {
                  const value = read(point);
                  return value === null ? null : <circle key={point.lambda} cx={x(index)} cy={y(value)} r={3.5} style={{ fill: color }} />;
                })}
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption className="legend">{series.map(({ key, color, label }) => <span key={key} className="legend-item"><span className="swatch" style={{ background: color }} /> {label}</span>)}</figcaption>
      <table className="data-table">
        <thead><tr><th scope="col">λ</th><th scope="col" className="num">{texts.summary.averageAccuracy}</th><th scope="col" className="num">{texts.summary.averageForgetting}</th></tr></thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.lambda}>
              <th scope="row">{formatNumber(point.lambda)}</th>
              <td className="num">{formatPercent(point.averageAccuracy, true)}</td>
              <td className="num">{formatLost(point.averageForgetting)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
