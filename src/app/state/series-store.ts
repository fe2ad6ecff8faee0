/**
 * Curves of one run, outside React: they grow several times a second, and a chart that re-rendered through React for each point
 * would cost ten times the drawing itself. Charts subscribe and write their own paths, at most once a frame.
 */
import type { EvaluationPoint, LabEvent, StepPoint } from '../../core/protocol.ts';
import { AccuracyCurves } from './accuracy-curves.ts';

/** A growing list of numbers that charts read by index. */
type Column = number[];

/** Loss points as columns: what drawing walks over thousands of times needs no objects. */
export interface StepColumns {
  readonly step: Column;
  readonly loss: Column;
  readonly penalty: Column;
  readonly task: Column;
}

export class SeriesStore {
  readonly columns: StepColumns = { step: [], loss: [], penalty: [], task: [] };
  readonly points: StepPoint[] = [];
  readonly evaluations: EvaluationPoint[] = [];
  readonly accuracy = new AccuracyCurves();
  /** The greatest loss and penalty so far; 0 before the first. */
  readonly largest = { loss: 0, penalty: 0 };
  /** The least above zero so far: where a log axis may begin. Infinity before the first. */
  readonly smallest = { loss: Infinity, penalty: Infinity };
  readonly #listeners = new Set<() => void>();
  readonly #schedule: (flush: () => void) => void;
  #scheduled = false;
  #revision = 0;

  /** @param schedule runs its argument soon, once: an animation frame on the page, at once in tests */
  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Another number once points have changed or gone; the same where new ones came after the last or in its place. */
  get revision(): number {
    return this.#revision;
  }

  get lastStep(): number {
    return Math.max(this.columns.step.at(-1) ?? 0, this.evaluations.at(-1)?.step ?? 0);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what concerns curves from a batch of events; a new or reopened run replaces everything. */
  apply(events: readonly LabEvent[]): void {
    let changed = false;
    for (const event of events) {
      if (event.kind === 'run') {
        this.#replace(event.history?.steps ?? [], event.history?.evaluations ?? []);
        changed = true;
      } else if (event.kind === 'steps') {
        for (const point of event.points) this.#push(point);
        changed = true;
      } else if (event.kind === 'evaluation') {
        this.#pushEvaluation(event.point);
        changed = true;
      }
    }
    if (changed) this.repaint();
  }

  /** Fills the store with a stored run's curves. */
  load(steps: readonly StepPoint[], evaluations: readonly EvaluationPoint[]): void {
    this.#replace(steps, evaluations);
    this.repaint();
  }

  #replace(steps: readonly StepPoint[], evaluations: readonly EvaluationPoint[]): void {
    for (const column of Object.values(this.columns) as Column[]) column.length = 0;
    this.points.length = 0;
    this.evaluations.length = 0;
    this.accuracy.clear();
    this.#forgetExtremes();
    this.#revision++;
    for (const point of steps) this.#push(point);
    for (const point of evaluations) this.#pushEvaluation(point);
  }

  #push(point: StepPoint): void {
    // A task trained again (after a stop, a lost device, a rewind) starts at an earlier step: what came after it is no longer so.
    if (point.step <= (this.columns.step.at(-1) ?? 0)) this.#truncate(point.step);
    this.points.push(point);
    this.columns.step.push(point.step);
    this.columns.loss.push(point.loss);
    this.columns.penalty.push(point.penalty);
    this.columns.task.push(point.task);
    this.#measure(point);
  }

  #measure({ loss, penalty }: StepPoint): void {
    if (loss > this.largest.loss) this.largest.loss = loss;
    if (penalty > this.largest.penalty) this.largest.penalty = penalty;
    if (loss > 0 && loss < this.smallest.loss) this.smallest.loss = loss;
    if (penalty > 0 && penalty < this.smallest.penalty) this.smallest.penalty = penalty;
  }

  #forgetExtremes(): void {
    Object.assign(this.largest, { loss: 0, penalty: 0 });
    Object.assign(this.smallest, { loss: Infinity, penalty: Infinity });
  }

  #pushEvaluation(point: EvaluationPoint): void {
    const last = this.evaluations.at(-1);
    // The full evaluation after a task replaces the sampled one at the same step.
    if (last && last.step === point.step && last.task === point.task) this.#popEvaluation();
    else if (last && point.step < last.step) this.#dropEvaluations(point.step);
    this.evaluations.push(point);
    this.accuracy.push(point);
  }

  #popEvaluation(): void {
    const last = this.evaluations.pop();
    if (last) this.accuracy.pop(last);
  }

  /** Drops what was measured at a step or after it. */
  #dropEvaluations(step: number): void {
    while ((this.evaluations.at(-1)?.step ?? -Infinity) >= step) this.#popEvaluation();
    this.#revision++;
  }

  #truncate(step: number): void {
    const { columns } = this;
    let length = columns.step.length;
    while (length > 0 && columns.step[length - 1]! >= step) length--;
    for (const column of Object.values(columns) as Column[]) column.length = length;
    this.points.length = length;
    this.#forgetExtremes();
    for (const point of this.points) this.#measure(point);
    this.#dropEvaluations(step);
  }

  /** Has the charts painted soon: points have changed, or what is written beside them may. */
  repaint(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** Index of the last entry of an ascending list that is ≤ value; −1 where all are greater. */
export function lastIndexAtMost(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
