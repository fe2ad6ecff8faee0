/** One line on the terminal that says where training is; on a pipe, a line per epoch. */
import type { MeasuredTiles } from '../core/measured-tiles.ts';
import type { LabEvent, RunPhase, Speed, TaskSummary } from '../core/protocol.ts';

const WIDTH = 24;

export class ProgressLine {
  private speed: Speed | null = null;
  private tasks: readonly TaskSummary[] = [];
  private readonly out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.out = out;
  }

  show(event: LabEvent): void {
    switch (event.kind) {
      case 'run':
        this.tasks = event.tasks;
        return;
      case 'speed':
        this.speed = event.speed;
        return;
      case 'phase':
        return this.phase(event.phase);
      case 'evaluation': {
        if (event.point.midEpoch) return;
        const accuracy = event.point.accuracy.flatMap((value) => (value === null ? [] : [`${(100 * value).toFixed(0)} %`]));
        return this.line(`Task ${event.point.task + 1}, epoch ${event.point.epoch + 1}: accuracy ${accuracy.join('  ')}${event.point.full ? '  (all test images)' : ''}`);
      }
      case 'notice':
        return this.line(event.text);
      case 'tiles':
        return this.line(tilesText(event.tiles.measured));
      case 'import-progress':
        return this.status(`Importing ${event.name}: ${event.imagesDone} images, ${Math.round(event.imagesPerSecond)} images/s`);
      default:
        return;
    }
  }

  private phase(phase: RunPhase): void {
    switch (phase.kind) {
      case 'training': {
        const share = phase.step / phase.stepsPerEpoch;
        const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
        const pace = this.speed ? `  ${Math.round(this.speed.imagesPerSecond)} images/s, ${duration(this.speed.etaMs)} left` : '';
        return this.status(`Task ${phase.task + 1}/${this.tasks.length} epoch ${phase.epoch + 1} ${bar} ${phase.step}/${phase.stepsPerEpoch}${pace}`);
      }
      case 'measuring':
        return this.status(`Task ${phase.task + 1}: measuring importance, ${phase.done} of ${phase.total} images`);
      default:
        return;
    }
  }

  /** Replaces the present line; nothing where output is not a terminal. */
  private status(text: string): void {
    if (this.out.isTTY) this.out.write(`\r\u001b[K${text}`);
  }

  private line(text: string): void {
    this.out.write(this.out.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}

function tilesText(measured: readonly MeasuredTiles[]): string {
  const faster = measured.filter(({ tiles, usualTiles }) => tiles !== usualTiles);
  const gains = faster.map(({ product, tiles, ms, usualTiles, usualMs }) => `\n  ${product}: ${tiles} ${ms.toFixed(3)} ms, usual ${usualTiles} ${usualMs.toFixed(3)} ms`);
  return `Tiles measured for ${measured.length} products, ${faster.length} faster than the usual ones${gains.join('')}`;
}

function duration(ms: number | null): string {
  if (ms === null) return '?';
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
