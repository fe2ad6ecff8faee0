/** One task seen closely: sample test images with what the network said right after learning them and what it says now. */
import { LabError } from '../core/errors.ts';
import type { SamplePrediction, TaskReport, Thumbnail } from '../core/protocol.ts';
import type { ImageSet } from '../data/types.ts';
import { confusion, predictedClass, probabilities, type Predictions } from '../engine/evaluation.ts';
import type { RunRecord } from './run-record.ts';

export interface Judgement {
  readonly then: Predictions;
  readonly now: Predictions;
  readonly labels: Uint16Array;
}

/** Images shown per task. */
const SAMPLES = 24;

/**
 * @param judgement the predictions kept with the last checkpoint; null while the task is unfinished
 * @param images the task's test images
 * @throws LabError 'run-state' for a task that the run does not have
 */
export async function taskReport(record: RunRecord, task: number, judgement: Judgement | null, images: ImageSet): Promise<TaskReport> {
  const summary = record.tasks[task];
  if (!summary) throw new LabError('run-state', `This run has no task ${task + 1}.`, 'Choose one of its tasks.');
  const { classes } = summary;
  if (!judgement) {
    const samples = await Promise.all(
      spread(images.length, SAMPLES).map(async (k): Promise<SamplePrediction> => ({ image: await thumbnail(images, k), label: images.labels[k]!, then: null, now: null })),
    );
    return { task, classes, samples, accuracyThen: classes.map(() => null), accuracyNow: classes.map(() => null), confusionNow: [], confusionThen: [] };
  }
  const { then, now, labels } = judgement;
  const chosen = [...labels.keys()].sort((a, b) => flipOrder(judgement, a) - flipOrder(judgement, b) || a - b).slice(0, SAMPLES);
  const samples = await Promise.all(
    chosen.map(
      async (k): Promise<SamplePrediction> => ({
        image: await thumbnail(images, k), label: labels[k]!, then: probabilities(then, k), now: probabilities(now, k),
      }),
    ),
  );
  const confusionThen = confusion(then, labels);
  const confusionNow = confusion(now, labels);
  return { task, classes, samples, confusionThen, confusionNow, accuracyThen: confusionThen.map(classAccuracy), accuracyNow: confusionNow.map(classAccuracy) };
}

/** Right then and wrong now comes first (that is forgetting), then wrong → right, then still wrong, then still right. */
function flipOrder({ then, now, labels }: Judgement, k: number): number {
  const right = (predictions: Predictions): boolean => predictedClass(predictions, k) === labels[k];
  if (right(then)) return right(now) ? 3 : 0;
  return right(now) ? 1 : 2;
}

function classAccuracy(row: readonly number[], index: number): number | null {
  const total = row.reduce((a, b) => a + b, 0);
  return total === 0 ? null : row[index]! / total;
}

function spread(length: number, count: number): number[] {
  const shown = Math.min(length, count);
  return Array.from({ length: shown }, (_, k) => Math.floor((k * length) / shown));
}

/** Image k as RGBA. Greyscale becomes three equal channels. */
export async function thumbnail(images: ImageSet, k: number): Promise<Thumbnail> {
  const [height, width, channels] = images.shape;
  const bytes = new Uint8Array(height * width * channels);
  await images.gather([k], bytes);
  return { width, height, rgba: toRgba(bytes, channels) };
}

export function toRgba(bytes: Uint8Array, channels: number): Uint8ClampedArray {
  const pixels = bytes.length / channels;
  const rgba = new Uint8ClampedArray(pixels * 4);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < 3; c++) rgba[p * 4 + c] = bytes[p * channels + (channels === 1 ? 0 : c)]!;
    rgba[p * 4 + 3] = 255;
  }
  return rgba;
}
