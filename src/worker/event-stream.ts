/** Events to the page at a rate it can draw: collected and sent together, ten times a second at most. */
import type { LabEvent } from '../core/protocol.ts';

const EVERY_MS = 100;

export class EventStream {
  private waiting: LabEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly deliver: (events: readonly LabEvent[]) => void;

  constructor(deliver: (events: readonly LabEvent[]) => void) {
    this.deliver = deliver;
  }

  /** Sends soon. What a person waits for (errors, phases that end something) goes at once. */
  push(event: LabEvent): void {
    this.waiting.push(event);
    if (isUrgent(event)) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const events = this.waiting;
    this.waiting = [];
    if (events.length > 0) this.deliver(events);
  }
}

function isUrgent(event: LabEvent): boolean {
  switch (event.kind) {
    case 'phase':
      return event.phase.kind !== 'training' && event.phase.kind !== 'measuring';
    case 'steps':
    case 'speed':
    case 'update':
    case 'import-progress':
    case 'comparison':
    case 'self-check':
    case 'tiles':
      return false;
    default:
      return true;
  }
}
