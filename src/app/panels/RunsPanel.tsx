/** Every run that was kept: compared, drawn over the current one, opened at any task, branched, named, deleted. */
import { useState } from 'react';
import type { RunSummary } from '../../core/protocol.ts';
import { formatDate, formatLost, formatPercent, formatPoints } from '../format.ts';
import { useApp, useLab } from '../lab-context.ts';
import { activeTask } from '../state/lab-state.ts';
import { runLabel, runName } from '../state/story.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';
import { runsTable, toCsv } from '../charts/chart-data.ts';
import { BranchTree } from './BranchTree.tsx';
import { Confirm } from './Confirm.tsx';
import { RUN_ORDERS, matchesFilter, orderRuns } from './run-order.ts';
import type { RunOrder } from './run-order.ts';
import { Sweep } from './Sweep.tsx';

const t = texts.runs;

export function RunsPanel() {
  const lab = useLab();
  const runs = useApp((state) => state.lab.runs);
  const [order, setOrder] = useState<RunOrder>('accuracy');
  const [filter, setFilter] = useState('');
  const shown = orderRuns(runs, order).filter(({ run }) => matchesFilter(run, filter));
  return (
    <div className="stack">
      <Sweep />
      <section>
        <div className="panel-line">
          <h3>{t.stored}</h3>
          {runs.length > 0 && (
            <>
              <button type="button" className="small" onClick={() => lab.save('runs.csv', new Blob([toCsv(runsTable(shown.map(({ run }) => run)))], { type: 'text/csv' }))}><Icon name="download" />{texts.charts.save('CSV')}</button>
              <input type="text" className="filter-input" aria-label={t.filter} placeholder={t.filter} value={filter} onChange={(event) => setFilter(event.target.value)} />
              <div className="segmented" role="group" aria-label={t.order}>
                {RUN_ORDERS.map((choice) => <button key={choice} type="button" aria-pressed={order === choice} onClick={() => setOrder(choice)}>{t.orders[choice]}</button>)}
              </div>
            </>
          )}
        </div>
        <BranchTree runs={runs} />
        {runs.length === 0 ? <p className="muted">{t.none}</p> : <RunTable runs={shown} />}
      </section>
    </div>
  );
}

function RunTable({ runs }: { readonly runs: ReturnType<typeof orderRuns> }) {
  return (
    <div className="table-scroll" tabIndex={0}>
      <table className="data-table run-table">
        <thead>
          <tr>
            <th scope="col">{t.onCharts}</th>
            <th scope="col">{t.run}</th>
            <th scope="col" className="num">{texts.summary.averageAccuracy}</th>
            <th scope="col" className="num">{t.difference}</th>
            <th scope="col" className="num">{texts.summary.averageForgetting}</th>
            <th scope="col" className="num">{t.tasks}</th>
            <th scope="col"><span className="visually-hidden">{t.actions}</span></th>
          </tr>
        </thead>
        <tbody>{runs.map(({ run, depth }) => <RunRow key={run.id} run={run} depth={depth} />)}</tbody>
      </table>
    </div>
  );
}

function RunRow({ run, depth }: { readonly run: RunSummary; readonly depth: number }) {
  const lab = useLab();
  const current = useApp((state) => state.lab.runId === run.id);
  const overlaid = useApp((state) => state.overlays.some((overlay) => overlay.summary.id === run.id));
  const reference = useApp((state) => state.lab.metrics?.averageAccuracy ?? null);
  const inTask = useApp((state) => activeTask(state.lab.phase) !== null);
  const parentName = useApp((state) => {
    const parent = state.lab.runs.find((other) => other.id === run.parent?.runId);
    return parent ? runName(parent) : null;
  });
  const [open, setOpen] = useState(false);
  const { averageAccuracy, averageForgetting } = run.metrics;
  const difference = current || averageAccuracy === null || reference === null ? null : averageAccuracy - reference;
  return (
    <>
      <tr data-current={current || undefined}>
        <td>
          <input
            type="checkbox" checked={current || overlaid} disabled={current} aria-label={t.overlay(runName(run))} onChange={() => lab.toggleOverlay(run.id)}
          />
        </td>
        <th scope="row" style={{ paddingLeft: 10 + depth * 18 }}>
          {depth > 0 && <Icon name="branch" />}
          <b>{runName(run)}</b> <span className="muted">{run.name === '' ? formatDate(run.createdAt) : runLabel(run.config)}</span>
          {run.parent !== null && <span className="muted block">{t.branchedFrom(parentName, run.parent.afterTask)}</span>}
          {run.note !== '' && <span className="muted block">{run.note}</span>}
        </th>
        <td className="num">{formatPercent(averageAccuracy, true)}</td>
        <td className="num muted">{current ? t.current : formatPoints(difference)}</td>
        <td className="num">{formatLost(averageForgetting)}</td>
        <td className="num">{`${run.finishedTasks}/${run.config.tasks}`}</td>
        <td><button type="button" className="small" aria-expanded={open} onClick={() => setOpen(!open)}>{t.more}</button></td>
      </tr>
      {open && (
        <tr className="run-detail">
          <td colSpan={7}>
            <RunDetail run={run} current={current} inTask={inTask} />
          </td>
        </tr>
      )}
    </>
  );
}

function RunDetail({ run, current, inTask }: { readonly run: RunSummary; readonly current: boolean; readonly inTask: boolean }) {
  const lab = useLab();
  const downloading = useApp((state) => state.downloading !== null);
  const [afterTask, setAfterTask] = useState(run.finishedTasks);
  const [name, setName] = useState(run.name);
  const [note, setNote] = useState(run.note);
  const save = (): void => {
    if (name !== run.name || note !== run.note) lab.send({ kind: 'annotate-run', runId: run.id, name: name.trim(), note: note.trim() });
  };
  return (
    <div className="run-fields">
      <p className="muted">{[run.config.dataset, run.config.model, t.shape(run.config.tasks, run.config.classesPerTask, run.config.epochs), run.backend, formatDate(run.createdAt)].join(' · ')}</p>
      <label>{t.name}<input type="text" value={name} placeholder={runLabel(run.config)} onChange={(event) => setName(event.target.value)} onBlur={save} /></label>
      <label>{t.note}<input type="text" value={note} onChange={(event) => setNote(event.target.value)} onBlur={save} /></label>
      <div className="button-row">
        {run.finishedTasks > 0 && (
          <>
            <label className="inline">{t.at}
              <select value={afterTask} disabled={inTask} onChange={(event) => setAfterTask(Number(event.target.value))}>
                {Array.from({ length: run.finishedTasks }, (_, index) => <option key={index} value={index + 1}>{t.afterTask(index)}</option>)}
              </select>
            </label>
            <button type="button" disabled={inTask} title={inTask ? t.busy : t.openHint} onClick={() => lab.rewind(run.id, afterTask)}><Icon name="branch" />{t.open}</button>
          </>
        )}
        {run.finishedTasks > 0 && (
          <button type="button" disabled={downloading} onClick={() => lab.download({ kind: 'run', runId: run.id }, 'safetensors')}><Icon name="download" />{t.export}</button>
        )}
        <button type="button" disabled={inTask} onClick={() => lab.useSettings(run.config)}>{t.useSettings}</button>
        <Confirm label={t.delete} question={t.deleteSure(runName(run))} disabled={current && inTask} onConfirm={() => lab.send({ kind: 'delete-run', runId: run.id })}><Icon name="trash" /></Confirm>
      </div>
    </div>
  );
}
