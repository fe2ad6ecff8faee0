/** The lab proves itself on the visitor's device: kernels, the whole network against PyTorch, and a step against stock TensorFlow.js. */
import { useState } from 'react';
import { LabError } from '../../core/errors.ts';
import type { AdapterDetails, SelfCheckReport } from '../../core/self-check-report.ts';
import { formatNumber } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { isBusy } from '../state/lab-state.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';

const t = texts.selfCheck;

type Check = { readonly kind: 'none' } | { readonly kind: 'running' } | { readonly kind: 'done'; readonly report: SelfCheckReport } | { readonly kind: 'failed'; readonly text: string };

export function SelfCheckPanel() {
  const lab = useLab();
  const busy = useApp((state) => isBusy(state.lab.phase));
  const [check, setCheck] = useState<Check>({ kind: 'none' });
  const run = (): void => {
    setCheck({ kind: 'running' });
    lab.api.selfCheck().then(
      (report) => setCheck({ kind: 'done', report }),
      (error: unknown) => setCheck({ kind: 'failed', text: error instanceof LabError ? `${error.message} ${error.hint}` : String(error) }),
    );
  };
  return (
    <div className="stack">
      <p>{t.intro}</p>
      <div className="button-row">
        <button type="button" className="accent" disabled={busy || check.kind === 'running'} onClick={run}>{check.kind === 'running' ? t.running : t.run}</button>
        {check.kind === 'done' && (
          <button type="button" onClick={() => lab.save('mas-lab-self-check.json', new Blob([`${JSON.stringify(check.report, null, 2)}\n`], { type: 'application/json' }))}>
            <Icon name="download" />{t.save}
          </button>
        )}
      </div>
      {busy && <p className="muted">{t.busy}</p>}
      {check.kind === 'failed' && <p role="alert">{check.text}</p>}
      {check.kind === 'done' && <Report report={check.report} />}
    </div>
  );
}

function Report({ report }: { readonly report: SelfCheckReport }) {
  const { kernels, numbers, timing, backend, adapter } = report;
  const wrong = [...kernels, ...numbers].filter(({ right }) => !right).length;
  return (
    <>
      <p><b>{wrong === 0 ? t.allRight(kernels.length + numbers.length) : t.someWrong(wrong)}</b></p>
      <dl className="facts">
        <dt>{texts.backend.label}</dt><dd>{texts.backend.names[backend.name]}, {backend.kernels}</dd>
        {backend.adapter !== null && <><dt>{texts.backend.adapter}</dt><dd>{backend.adapter}</dd></>}
        {timing !== null && <><dt>{t.timing}</dt><dd>{t.times(timing.what, formatNumber(timing.labMs), formatNumber(timing.stockMs), formatNumber(timing.ratio))}</dd></>}
      </dl>
      <Checks title={t.network} rows={numbers.map(({ what, error, right }) => ({ name: what, error, right }))} />
      {adapter !== null && <Adapter adapter={adapter} />}
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

function Checks({ title, rows }: { readonly title: string; readonly rows: readonly { readonly name: string; readonly error: number; readonly right: boolean }[] }) {
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
