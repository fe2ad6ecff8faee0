/** Where a run waits: passes freely, a step, an epoch or a task at a time, or not at all. Stopping is an abort, never a failure. */
export type Stretch = 'epoch' | 'task';

export class Gate {
  private open = true;
  private singles = 0;
  private holdAfter: Stretch | null = null;
  private wake: (() => void) | null = null;
  private abort = new AbortController();

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get paused(): boolean {
    return !this.open;
  }

  /** For a new run of steps. */
  reset(): void {
    this.set(true);
    this.abort = new AbortController();
  }

  pause(): void {
    this.set(false);
  }

  resume(): void {
    this.set(true);
    this.release();
  }

  /** Lets steps through up to the end of the present epoch or task, then holds. */
  through(stretch: Stretch): void {
    this.set(true);
    this.holdAfter = stretch;
    this.release();
  }

  /** To be told when an epoch or a task is over. */
  ended(stretch: Stretch): void {
    if (this.holdAfter === stretch) this.set(false);
  }

  /** Lets one step through, then holds. */
  single(): void {
    this.open = false;
    this.holdAfter = null;
    this.singles += 1;
    this.release();
  }

  stop(): void {
    this.abort.abort();
    this.release();
  }

  /**
   * Resolves when the next step may run. `onWait` is told before and after a wait.
   * @throws the abort reason once stopped
   */
  async pass(onWait: (waiting: boolean) => void): Promise<void> {
    this.signal.throwIfAborted();
    if (this.take()) return;
    onWait(true);
    while (!this.take()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.signal.throwIfAborted();
    }
    onWait(false);
  }

  private set(open: boolean): void {
    this.open = open;
    this.singles = 0;
    this.holdAfter = null;
  }

  private take(): boolean {
    if (this.open) return true;
    if (this.singles === 0) return false;
    this.singles -= 1;
    return true;
  }

  private release(): void {
    this.wake?.();
    this.wake = null;
  }
}
