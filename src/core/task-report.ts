/** What a network says of a task’s test images, right after learning and now. Plain data. */
import type { Thumbnail } from './protocol.ts';

/** One test image with what the network said right after learning its task and what it says now. */
export interface SamplePrediction {
  readonly image: Thumbnail;
  /** Which of the task's test images it is. */
  readonly index: number;
  /** Class index inside the task. */
  readonly label: number;
  /** Probabilities per class of the task; null where that moment has no record. */
  readonly then: readonly number[] | null;
  readonly now: readonly number[] | null;
}

/** How the answer to an image changed since its task was learned, in the order they are shown. 'forgotten' was right and is wrong; 'unknown' lacks one of the two moments. */
export const FLIPS = ['forgotten', 'kept', 'gained', 'never', 'unknown'] as const;
export type Flip = (typeof FLIPS)[number];

/** A cell of a task's confusion matrix, now or right after learning. */
export interface ConfusionCell {
  readonly label: number;
  readonly said: number;
  readonly moment: 'then' | 'now';
}

/** A class by its task and its place in it. */
export interface ClassPlace {
  readonly task: number;
  readonly class: number;
}

/** What the network says to one test image once this many tasks are finished. */
export interface AnswerAt {
  readonly finishedTasks: number;
  /** Per class of the image's task. */
  readonly probabilities: readonly number[];
  /** Who wins among all classes learned by then; null where that moment has no record of it. */
  readonly winner: ClassPlace | null;
}

/** Who wins a class's test images when all classes learned so far compete (class-incremental read-out). Most images first. */
export type Claims = readonly (ClassPlace & { readonly count: number })[];

export interface TaskReport {
  readonly task: number;
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  /** Some test images of each kind. */
  readonly samples: readonly SamplePrediction[];
  /** How many of all test images are of which kind. */
  readonly flips: Readonly<Record<Flip, number>>;
  /** Per class, over all test images. */
  readonly accuracyThen: readonly (number | null)[];
  readonly accuracyNow: readonly (number | null)[];
  /** Confusion counts now: [true][predicted]. */
  readonly confusionNow: readonly (readonly number[])[];
  readonly confusionThen: readonly (readonly number[])[];
  /** Per class of the task; null while it is unfinished and for runs without a record of it. */
  readonly claims: readonly Claims[] | null;
}
