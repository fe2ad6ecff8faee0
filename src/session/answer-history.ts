/** What a run said of its tasks' test images at the end of each task, out of the states that were kept on the way. */
import type { Predictions } from '../engine/evaluation.ts';
import type { CheckpointAnswers } from './checkpoint.ts';
import type { RunRecord, RunStore } from './run-record.ts';

/** Answers to all test images of one task. */
export interface Answers {
  readonly finishedTasks: number;
  readonly predictions: Predictions;
  /** As in {@link CheckpointAnswers}; null where that state has none. */
  readonly winners: Uint16Array | null;
}

/** What is kept here. */
type Said = Pick<CheckpointAnswers, 'now' | 'winners'>;

export class AnswerHistory {
  private readonly runs: RunStore;
  private runId: string | null = null;
  private readonly known = new Map<number, Said | null>();

  constructor(runs: RunStore) {
    this.runs = runs;
  }

  /** @param last the run's state now. States that were deleted, or never came with an imported run, are left out. */
  async of(record: RunRecord, last: CheckpointAnswers, task: number): Promise<readonly Answers[]> {
    if (this.runId !== record.id) this.known.clear();
    this.runId = record.id;
    const out: Answers[] = [];
    for (let finishedTasks = task + 1; finishedTasks <= record.finishedTasks; finishedTasks++) {
      const said = finishedTasks === record.finishedTasks ? last : await this.said(record, finishedTasks);
      const predictions = said?.now[task] ?? (finishedTasks === task + 1 ? last.then[task] : undefined);
      if (predictions) out.push({ finishedTasks, predictions, winners: said?.winners?.[task] ?? null });
    }
    return out;
  }

  private async said(record: RunRecord, finishedTasks: number): Promise<Said | null> {
    const known = this.known.get(finishedTasks);
    if (known !== undefined) return known;
    const found = await this.find(record, finishedTasks);
    const said = found && { now: found.now, ...(found.winners ? { winners: found.winners } : {}) };
    this.known.set(finishedTasks, said);
    return said;
  }

  /** In the run itself, or where it was branched from. */
  private async find(record: RunRecord, finishedTasks: number): Promise<CheckpointAnswers | null> {
    let from: RunRecord | null = record;
    while (from !== null) {
      const found = await this.runs.findCheckpoint(from.id, finishedTasks);
      if (found) return found.answers;
      from = from.parent && finishedTasks <= from.parent.afterTask ? await this.runs.findRecord(from.parent.runId) : null;
    }
    return null;
  }
}
