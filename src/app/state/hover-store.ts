/** What the pointer or the keyboard points at, shared by all charts: a step of the run and a task. Outside React, as it moves with the pointer. */

export interface Hover {
  readonly step: number | null;
  readonly task: number | null;
}

const NOTHING: Hover = { step: null, task: null };

export class HoverStore {
  readonly #listeners = new Set<() => void>();
  #hover: Hover = NOTHING;

  get(): Hover {
    return this.#hover;
  }

  set(change: Partial<Hover>): void {
    const next = { ...this.#hover, ...change };
    if (next.step === this.#hover.step && next.task === this.#hover.task) return;
    this.#hover = next;
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
