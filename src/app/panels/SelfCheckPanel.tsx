/** The lab proves itself on the visitor's device: kernels, the whole network against PyTorch, and a step against stock TensorFlow.js. */
import type { AdapterDetails, SelfCheckFindings, SelfCheckReport } from '../../core/self-check-report.ts';
import { formatNumber, formatWhole } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { isComparing } from '../state/comparing.ts';
import { isBusy } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';

const t = texts.selfCheck;

export function SelfCheckPanel() {
  const lab = useLab();
  const check = useApp((state) => state.selfCheck);
  const busy = useApp((state) => isBusy(state.lab.phase));
  const comparing = useApp(isComparing);
  const why = busy ? t.busy : comparing ? texts.compare.comparing : null;
  return (
    <div className="stack">
      <p>{t.intro}</p>
      <div className="button-row">
        {check.kind === 'running' ? (
          <button type="button" disabled={check.stopping} onClick={() => lab.research.stopSelfCheck()}><Icon name="stop" />{check.stopping ? t.stopping : t.stop}</button>
        ) : (
          <button type="button" className="accent" disabled={why !== null} onClick={() => lab.research.selfCheck()}>{t.run}</button>
        )}
        {check.kind === 'done' && (
          <button type="button" onClick={() => lab.save('mas-lab-self-check.json', new Blob([`${JSON.stringify(check.report, null, 2)}\n`], { type: 'application/json' }))}>
            <Icon name="download" />{t.save}
          </button>
        )}
      </div>
      {why !== null && <p className="muted">{why}</p>}
      {check.kind === 'running' && <Progress />}
      {check.kind === 'failed' && <p role="alert">{check.error.message} {check.error.hint}</p>}
      {check.kind === 'done' && <Report report={check.report} />}
    </div>
  );
}

/** What is being checked, how much is done, and what was found so far. */
function Progress() {
  const progress = useApp((state) => state.lab.selfCheck);
  if (progress === null) return null;
  const { part, done, total, findings } = progress;
  const share = t.casesDone(formatWhole(done), formatWhole(total));
  return (
    <>
      <div className="compare-progress">
        <p role="status">{t.parts[part]}</p>
        <progress max={total} value={done} aria-label={share} />
        <p className="muted">{share}</p>
      </div>
      <Findings findings={findings} />
    </>
  );
}

function Report({ report }: { readonly report: SelfCheckReport }) {
  const { kernels, numbers, timing, backend, adapter, complete } = report;
  const checks = [...kernels, ...numbers];
  const wrong = checks.filter(({ right }) => !right).length;
  const verdict = wrong > 0 ? t.someWrong(wrong) : complete ? t.allRight(checks.length) : t.allRightSoFar(checks.length);
  return (
    <>
      <p><b>{verdict}</b></p>
      <dl className="facts">
        <dt>{texts.backend.label}</dt><dd>{texts.backend.names[backend.name]}, {backend.kernels}</dd>
        {backend.adapter !== null && <><dt>{texts.backend.adapter}</dt><dd>{backend.adapter}</dd></>}
        {timing !== null && <><dt>{t.timing}</dt><dd>{t.times(timing.what, formatNumber(timing.labMs), formatNumber(timing.stockMs), formatNumber(timing.ratio))}</dd></>}
      </dl>
      {adapter !== null && <Adapter adapter={adapter} />}
      <Findings findings={report} />
      {report.tiles.length > 0 && <Tiles tiles={report.tiles} />}
    </>
  );
}

function Findings({ findings: { kernels, numbers } }: { readonly findings: SelfCheckFindings }) {
  return (
    <>
      <Checks title={t.network} rows={numbers.map(({ what, error, right }) => ({ name: what, error, right }))} />
      <Checks title={t.kernels} rows={kernels.map(({ kernel, what, error, right }) => ({ name: `${kernel}, ${what}`, error, right }))} />
    </>
  );
}

function Adapter({ adapter }: { readonly adapter: AdapterDetails }) {
  const { vendor, architecture, device, description, features, limits } = adapter;
  return (
    <details>
      <summary>{t.adapter}</summary>
      <p>{[vendor, architecture, device, description].filter((part) => part !== '').join(', ')}</p>
      <p>{t.features}: {features.join(', ')}</p>
      <table className="data-table">
        <thead><tr><th scope="col">{t.limits}</th><th scope="col">{t.most}</th></tr></thead>
        <tbody>{Object.entries(limits).map(([name, value]) => <tr key={name}><th scope="row">{name}</th><td>{formatNumber(value)}</td></tr>)}</tbody>
      </table>
    </details>
  );
}

function Tiles({ tiles }: { readonly tiles: SelfCheckReport['tiles'] }) {
  return (
    <details>
      <summary>{t.tiles}</summary>
      <table className="data-table">
        <thead><tr><th scope="col">{t.product}</th><th scope="col">{t.chosen}</th><th scope="col">{t.usual}</th></tr></thead>
        <tbody>
          {tiles.map((one) => (
            <tr key={one.product}>
              <th scope="row">{one.product}</th>
              <td>{t.tileTime(one.tiles, formatNumber(one.ms))}</td>
              <td>{t.tileTime(one.usualTiles, formatNumber(one.usualMs))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Checks({ title, rows }: { readonly title: string; readonly rows: readonly { readonly name: string; readonly error: number; readonly right: boolean }[] }) {
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{title}</summary>
      <table className="data-table">
        <thead><tr><th scope="col">{t.what}</th><th scope="col">{t.error}</th><th scope="col">{t.verdict}</th></tr></thead>
        <tbody>
          {rows.map(({ name, error, right }) => (
            <tr key={name}><th scope="row">{name}</th><td>{Number.isFinite(error) ? error.toExponential(1) : '∞'}</td><td>{right ? t.right : t.wrong}</td></tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
