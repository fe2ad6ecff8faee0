/** Losses stay on the device until a few are read together, so that no step waits for one. */
import { dispose, stack, type Scalar } from '@tensorflow/tfjs-core';
import { LabError } from '../core/errors.ts';

interface Entry<Note> {
  readonly note: Note;
  readonly loss: Scalar;
  readonly penalty: Scalar | null;
}

export interface ReadLoss<Note> {
  readonly note: Note;
  readonly loss: number;
  /** Null where none was given for this step. */
  readonly penalty: number | null;
}

/** Reads that may fail in a row before the device counts as lost; long WebGPU runs lose one now and then (tfjs #8571). */
const READ_FAILURES = 3;

export class LossLog<Note> {
  private waiting: Entry<Note>[] = [];
  private reading: Promise<ReadLoss<Note>[]> | null = null;
  private failures = 0;

  /** Takes the scalars over. */
  add(note: Note, loss: Scalar, penalty: Scalar | null): void {
    this.waiting.push({ note, loss, penalty });
  }

  get size(): number {
    return this.waiting.length;
  }

  /**
   * Starts reading what is waiting and returns what the previous call started, so that the read overlaps with training.
   * With `all`, waits for both. Points whose read failed are left out.
   * @throws LabError 'backend-lost' after three failed reads in a row
   */
  async flush(all: boolean): Promise<ReadLoss<Note>[]> {
    const earlier = this.reading;
    this.reading = this.waiting.length > 0 ? this.read(this.waiting) : null;
    this.waiting = [];
    // It is awaited at the next flush; until then a failure must not count as unhandled.
    this.reading?.catch(() => undefined);
    const points = earlier ? await earlier : [];
    if (!all || !this.reading) return points;
    points.push(...(await this.reading));
    this.reading = null;
    return points;
  }

  /** Forgets what was not read. */
  async clear(): Promise<void> {
    dispose(this.waiting.flatMap(scalarsOf));
    this.waiting = [];
    await this.reading?.catch(() => undefined);
    this.reading = null;
  }

  private async read(entries: readonly Entry<Note>[]): Promise<ReadLoss<Note>[]> {
    const scalars = entries.flatMap(scalarsOf);
    const all = stack(scalars);
    dispose(scalars);
    try {
      const values = await all.data();
      this.failures = 0;
      let next = 0;
      return entries.map(({ note, penalty }) => ({ note, loss: values[next++]!, penalty: penalty ? values[next++]! : null }));
    } catch (error) {
      this.failures += 1;
      if (this.failures < READ_FAILURES) return [];
      throw new LabError('backend-lost', 'The graphics device no longer answers: losses could not be read back.', 'Finished tasks are kept. Go on with another backend.', error);
    } finally {
      all.dispose();
    }
  }
}

function scalarsOf({ loss, penalty }: { readonly loss: Scalar; readonly penalty: Scalar | null }): Scalar[] {
  return penalty ? [loss, penalty] : [loss];
}
