/** One task seen closely: sample test images with what the network said right after learning them and what it says now. */
import { LabError } from '../core/errors.ts';
import type { Thumbnail } from '../core/protocol.ts';
import { FLIPS, type AnswerAt, type Claims, type ClassPlace, type ConfusionCell, type Flip, type SamplePrediction, type TaskReport } from '../core/task-report.ts';
import type { ImageSet } from '../data/types.ts';
import { confusion, predictedClass, probabilities, type Predictions } from '../engine/evaluation.ts';
import type { Answers } from './answer-history.ts';
import type { RunRecord } from './run-record.ts';

export interface Judgement {
  readonly then: Predictions;
  readonly now: Predictions;
  readonly labels: Uint16Array;
  /** Per test image, the winner among all classes so far, counted task after task; null where there is no record. */
  readonly winners: Uint16Array | null;
}

/** Images shown of a task that is not finished. */
const SAMPLES = 24;
/** Images shown of each kind otherwise: of all together, one kind would leave no room for the others. */
const SAMPLES_OF_EACH = 12;

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
      spread(images.length, SAMPLES).map(async (k): Promise<SamplePrediction> => ({ image: await thumbnail(images, k), index: k, label: images.labels[k]!, then: null, now: null })),
    );
    return { task, classes, samples, flips: countsOf([...images.labels].map(() => 'unknown')), accuracyThen: classes.map(() => null), accuracyNow: classes.map(() => null), confusionNow: [], confusionThen: [], claims: null };
  }
  const { then, now, labels, winners } = judgement;
  const flips = Array.from(labels, (_, k) => flipOf(judgement, k));
  const chosen = FLIPS.flatMap((kind) => {
    const own = [...flips.keys()].filter((k) => flips[k] === kind);
    // Images come class after class: the first ones would all be of one class.
    return spread(own.length, SAMPLES_OF_EACH).map((at) => own[at]!);
  });
  const samples = await Promise.all(chosen.map((k) => judged(judgement, images, k)));
  const confusionThen = confusion(then, labels);
  const confusionNow = confusion(now, labels);
  return { task, classes, samples, flips: countsOf(flips), confusionThen, confusionNow, accuracyThen: confusionThen.map(classAccuracy), accuracyNow: confusionNow.map(classAccuracy), claims: winners ? claimsOf(record, classes.length, labels, winners) : null };
}

/** At most this many images of a cell. */
const CELL_IMAGES = 60;

/** The test images that a cell of the confusion matrix counts. @throws LabError 'run-state' while the task is unfinished */
export async function cellImages(judgement: Judgement | null, images: ImageSet, { label, said, moment }: ConfusionCell): Promise<readonly SamplePrediction[]> {
  if (!judgement) throw new LabError('run-state', 'This task is not finished, so there is nothing that the network says of its images.', 'Train it first.');
  const { labels } = judgement;
  const chosen = [...labels.keys()].filter((k) => labels[k] === label && predictedClass(judgement[moment], k) === said).slice(0, CELL_IMAGES);
  return Promise.all(chosen.map((k) => judged(judgement, images, k)));
}

/** One image's answers over time. @throws LabError 'run-state' for an image that the task does not have */
export function answersTo(record: RunRecord, history: readonly Answers[], index: number): readonly AnswerAt[] {
  return history.map(({ finishedTasks, predictions, winners }) => {
    const count = predictions.classes === 0 ? 0 : predictions.logits.length / predictions.classes;
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new LabError('run-state', `The task has no test image ${index}.`, `It has ${count}.`);
    return { finishedTasks, probabilities: probabilities(predictions, index), winner: winners ? classPlace(record, winners[index]!) : null };
  });
}

function claimsOf(record: RunRecord, classes: number, labels: Uint16Array, winners: Uint16Array): Claims[] {
  return Array.from({ length: classes }, (_, label) => {
    const counts = new Map<number, number>();
    labels.forEach((own, k) => own === label && counts.set(winners[k]!, (counts.get(winners[k]!) ?? 0) + 1));
    return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([winner, count]) => ({ ...classPlace(record, winner), count }));
  });
}

/** A class counted task after task, as its task and its place in it. */
function classPlace({ tasks }: RunRecord, counted: number): ClassPlace {
  let rest = counted;
  for (const { index, classes } of tasks) {
    if (rest < classes.length) return { task: index, class: rest };
    rest -= classes.length;
  }
  throw new Error(`no class ${counted} in ${tasks.length} tasks`);
}

async function judged(judgement: Judgement, images: ImageSet, k: number): Promise<SamplePrediction> {
  return { image: await thumbnail(images, k), index: k, label: judgement.labels[k]!, then: probabilities(judgement.then, k), now: probabilities(judgement.now, k) };
}

/** Right then and wrong now is what forgetting looks like. */
function flipOf({ then, now, labels }: Judgement, k: number): Flip {
  const right = (predictions: Predictions): boolean => predictedClass(predictions, k) === labels[k];
  if (right(then)) return right(now) ? 'kept' : 'forgotten';
  return right(now) ? 'gained' : 'never';
}

function countsOf(flips: readonly Flip[]): Record<Flip, number> {
  const counts = { forgotten: 0, kept: 0, gained: 0, never: 0, unknown: 0 };
  for (const flip of flips) counts[flip] += 1;
  return counts;
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
