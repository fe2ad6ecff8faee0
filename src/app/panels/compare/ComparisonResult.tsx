/** What a comparison gave: how far it is while it trains, then tables, charts, how λ was chosen, and the files. */
import { selectionSeeds, type Comparison, type ComparisonRow } from '../../../core/comparison.ts';
import { formatExact } from '../../format.ts';
import { useApp } from '../../lab-context.ts';
import type { ComparisonKind } from '../../state/comparing.ts';
import { texts } from '../../texts.ts';
import { ChosenLambdas } from './ChosenLambdas.tsx';
import { ComparisonProgress } from './ComparisonProgress.tsx';
import { ComparisonTable } from './ComparisonTable.tsx';
import { CurvesChart } from './CurvesChart.tsx';
import { EveryRun } from './EveryRun.tsx';
import { FinalChart } from './FinalChart.tsx';
import { ReportButtons } from './ReportButtons.tsx';

const t = texts.compare;
const NO_ROWS: readonly ComparisonRow[] = [];

export function ComparisonResult({ kind }: { readonly kind: ComparisonKind }) {
  const running = useApp((state) => (state.comparing.running?.kind === kind ? state.comparing.running : null));
  const ended = useApp((state) => (state.comparing.ended?.kind === kind ? state.comparing.ended : null));
  const result = useApp((state) => state.comparing.results[kind]);
  const soFar = useApp((state) => state.lab.comparison?.rows ?? NO_ROWS);
  if (running) {
    return (
      <>
        <ComparisonProgress />
        {soFar.length > 0 && <section><h3>{t.soFar}</h3><ComparisonTable rows={soFar} runs={[]} request={running.request} /></section>}
      </>
    );
  }
  const stopped = ended?.error.code === 'cancelled';
  return (
    <>
      {ended && !stopped && <div className="message" data-kind="error" role="alert"><div><p>{ended.error.message}</p><p className="message-hint">{ended.error.hint}</p></div></div>}
      {ended && stopped && (
        <section>
          <p role="status">{soFar.length > 0 ? t.stopped : t.stoppedEarly}</p>
          {soFar.length > 0 && <ComparisonTable rows={soFar} runs={[]} request={ended.request} />}
        </section>
      )}
      {result ? <Result comparison={result} /> : ended === null && <p className="muted">{t.none}</p>}
    </>
  );
}

function Result({ comparison }: { readonly comparison: Comparison }) {
  const { request, rows, runs, choices, backend } = comparison;
  const { config, seeds } = request;
  const dataset = useApp((state) => state.lab.datasets?.find(({ id }) => id === config.dataset)?.name ?? config.dataset);
  return (
    <>
      <section aria-labelledby="comparison-result">
        <div className="panel-line">
          <h3 id="comparison-result">{t.result}</h3>
          <ReportButtons report={{ kind: 'comparison', comparison }} labels={t.save} />
        </div>
        <p className="card-hint">
          {t.conditions(dataset, config.tasks, config.classesPerTask, config.epochs, seeds.map(formatExact), texts.backend.names[backend as keyof typeof texts.backend.names] ?? backend)}{' '}
          {seeds.length > 1 ? t.interval : t.noInterval}
        </p>
        <ComparisonTable rows={rows} runs={runs} request={request} />
      </section>
      <ChosenLambdas choices={choices} selectionTasks={request.selectionTasks} seeds={selectionSeeds(request)} />
      <FinalChart rows={rows} />
      <CurvesChart methods={rows.map(({ method }) => method)} runs={runs} tasks={config.tasks} />
      <EveryRun runs={runs} />
    </>
  );
}
