/**
 * How far λ reaches: the second task trained under each λ, with the penalty in both of its forms. The gradient form diverges once
 * lr · 2λ · max Ω passes 2 (1 + momentum); the proximal one never does.
 */
import { METHOD_LABELS, type MethodId, type RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { csvText } from '../formats/csv.ts';
import type { ReportFile } from './comparison-report.ts';
import { recordMetrics } from './run-record.ts';
import type { RunCommand, Session } from './session.ts';

type PenaltyStep = RunConfig['penaltyStep'];

/** One λ in one form. Accuracies and forgetting are fractions of 1; null where training diverged. */
export interface ReachPoint {
  readonly method: MethodId;
  readonly penaltyStep: PenaltyStep;
  readonly lambda: number;
  readonly averageAccuracy: number | null;
  /** Of the first task. */
  readonly forgetting: number | null;
  /** Of the second task, right after learning it. */
  readonly learned: number | null;
}

export interface Reach {
  readonly config: RunConfig;
  readonly lambdas: readonly number[];
  readonly points: readonly ReachPoint[];
}

const PENALTY_STEPS: readonly PenaltyStep[] = ['proximal', 'gradient'];

/**
 * Trains the first task once per method and branches off for every form and λ.
 * @param session on a store of its own; its run is replaced and, at the end, reset
 * @param onPoint told each point as it comes
 * @throws LabError of the session, other than 'diverged'
 */
export async function measureReach(
  session: Session, base: RunConfig, methods: readonly MethodId[], lambdas: readonly number[], onPoint: (point: ReachPoint) => void,
): Promise<Reach> {
  const config = { ...base, tasks: 2, manualTasks: base.manualTasks?.slice(0, 2) ?? null };
  const points: ReachPoint[] = [];
  for (const method of methods) {
    const first = await firstTask(session, { ...config, method });
    for (const penaltyStep of PENALTY_STEPS) {
      for (const lambda of lambdas) {
        await session.dispatch({ kind: 'open-run', runId: first, afterTask: 1, change: { lambda, penaltyStep } });
        const point = { method, penaltyStep, lambda, ...(await secondTask(session)) };
        await session.dispatch({ kind: 'delete-run', runId: runId(session) });
        points.push(point);
        onPoint(point);
      }
    }
    await session.dispatch({ kind: 'delete-run', runId: first });
  }
  return { config, lambdas, points };
}

async function firstTask(session: Session, config: RunConfig): Promise<string> {
  const error = await settle(session, { kind: 'start', config, scope: 'task' });
  if (error) throw error;
  return runId(session);
}

async function secondTask(session: Session): Promise<Pick<ReachPoint, 'averageAccuracy' | 'forgetting' | 'learned'>> {
  const error = await settle(session, { kind: 'continue', scope: 'all' });
  if (error?.code === 'diverged') return { averageAccuracy: null, forgetting: null, learned: null };
  if (error) throw error;
  const { averageAccuracy, averageForgetting, accuracyMatrix } = recordMetrics(needRecord(session));
  return { averageAccuracy, forgetting: averageForgetting, learned: accuracyMatrix[1]?.[1] ?? null };
}

async function settle(session: Session, command: RunCommand): Promise<LabError | null> {
  await session.dispatch(command);
  await session.settled();
  const { currentPhase: phase } = session;
  return phase.kind === 'failed' ? LabError.fromData(phase.error) : null;
}

function needRecord(session: Session): NonNullable<Session['currentRecord']> {
  const { currentRecord } = session;
  if (!currentRecord) throw new Error('the run is gone');
  return currentRecord;
}

function runId(session: Session): string {
  return needRecord(session).id;
}

export function reachFiles(reach: Reach): ReportFile[] {
  return [
    { path: 'reach.md', text: reachMarkdown(reach) },
    { path: 'reach.csv', text: reachCsv(reach) },
    { path: 'reach.json', text: `${JSON.stringify(reach, null, 2)}\n` },
  ];
}

/** One table per method, a row per λ. */
export function reachMarkdown({ config, lambdas, points }: Reach): string {
  const methods = [...new Set(points.map(({ method }) => method))];
  const of = (method: MethodId, penaltyStep: PenaltyStep, lambda: number): ReachPoint | undefined =>
    points.find((point) => point.method === method && point.penaltyStep === penaltyStep && point.lambda === lambda);
  return [
    '# How far λ reaches',
    '',
    `Data ${config.dataset}, two tasks of ${config.classesPerTask} classes, ${config.epochs} epochs, learning rate ${config.learningRate}, seed ${config.seed}. The first task is trained once per method; the second under ` +
      'each λ, with the penalty as a proximal step and as a gradient. Average accuracy of both tasks / forgetting of the first / the second right after learning it, in percent and points.',
    ...methods.flatMap((method) => [
      '',
      `## ${METHOD_LABELS[method]}`,
      '',
      '| λ | proximal | gradient |',
      '|---:|---|---|',
      ...lambdas.map((lambda) => `| ${lambda} | ${PENALTY_STEPS.map((step) => cell(of(method, step, lambda))).join(' | ')} |`),
    ]),
    '',
  ].join('\n');
}

function cell(point: ReachPoint | undefined): string {
  if (!point) return '–';
  const { averageAccuracy, forgetting, learned } = point;
  return averageAccuracy === null ? 'diverged' : [averageAccuracy, forgetting, learned].map((share) => (share === null ? '–' : (100 * share).toFixed(1))).join(' / ');
}

function reachCsv({ points }: Reach): string {
  return csvText(
    ['method', 'penaltyStep', 'lambda', 'averageAccuracy', 'forgetting', 'learned'],
    points.map(({ method, penaltyStep, lambda, averageAccuracy, forgetting, learned }) => [method, penaltyStep, lambda, averageAccuracy, forgetting, learned]),
  );
}
