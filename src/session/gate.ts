/** Where a run waits: passes freely, one step at a time, or not at all. Stopping is an abort, never a failure. */
export class Gate {
  private open = true;
  private singles = 0;
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
    this.open = true;
    this.singles = 0;
    this.abort = new AbortController();
  }

  pause(): void {
    this.open = false;
    this.singles = 0;
  }

  resume(): void {
    this.open = true;
    this.release();
  }

  /** Lets one step through, then holds. */
  single(): void {
    this.open = false;
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
