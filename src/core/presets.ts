/** Settings to start from: what the page's buttons and the command line's `--preset` offer. */
import type { RunConfig } from './config.ts';

export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly values: Partial<RunConfig>;
  /** Kind of the dataset it is for, where only one makes sense. */
  readonly datasetKind?: 'mnist';
}

/** As the PyTorch repository ran. */
const SEED: Partial<RunConfig> = {
  model: 'alexnet-224', tasks: 4, classesPerTask: 50, epochs: 10, learningRate: 0.001, batchSize: 8, lambda: 0.01, momentum: 0,
  penaltyStep: 'gradient', importance: 'batch', importanceBatch: 8, lrDecayEvery: 20, lrDecayFactor: 0.1,
};

export const PRESETS: readonly Preset[] = [
  { id: 'quick-look', label: 'Quick look', help: 'Built-in images, 4 × 5 classes, compact net: minutes on any machine. λ = 1 was chosen by runs of seeds 0, 1 and 2.', values: {} },
  {
    id: 'real-images',
    label: 'Real images',
    help: 'Imported photographs on the compact net: 4 × 5 classes, 30 epochs. λ = 3 was chosen on Tiny-ImageNet.',
    values: { epochs: 30, lambda: 3 },
  },
  {
    id: 'seed-defaults',
    label: 'Seed defaults',
    help: 'What the PyTorch repository ran: 4 × 50 Tiny-ImageNet classes, AlexNet at 224 pixels, SGD 0.001, λ 0.01.',
    values: SEED,
  },
  {
    id: 'paper',
    label: 'Paper',
    help: 'The setting of the authors’ code: AlexNet at 224 pixels, λ = 1, momentum 0.9, importance in batches of 200.',
    values: {
      model: 'alexnet-224', tasks: 10, classesPerTask: 20, epochs: 100, learningRate: 0.0008, batchSize: 200, lambda: 1, momentum: 0.9,
      penaltyStep: 'gradient', importance: 'batch', importanceBatch: 200, lrDecayEvery: 54, lrDecayFactor: 0.1,
    },
  },
  {
    id: 'seed-results',
    label: 'Seed results',
    help: 'As “Seed defaults”, with the 4 × 25 Tiny-ImageNet classes that the PyTorch repository reports.',
    values: { ...SEED, classesPerTask: 25 },
  },
  {
    id: 'tiny-10x20',
    label: 'Tiny 10 × 20',
    help: 'The usual long sequence of the literature: all of Tiny-ImageNet in 10 tasks of 20 classes, AlexNet on its own 64-pixel images.',
    values: { model: 'alexnet-64', tasks: 10, classesPerTask: 20, epochs: 30, lambda: 3 },
  },
  {
    id: 'split-mnist',
    label: 'Split MNIST',
    help: 'The literature’s standard check: five tasks of two digits, a two-layer perceptron (the small convolutional net takes the same settings). Needs MNIST’s IDX files.',
    datasetKind: 'mnist',
    // Chosen on 6,000 of the training images: with them MAS keeps 97 to 98 % where fine-tuning falls to 94 to 96 %.
    values: { model: 'mlp', tasks: 5, classesPerTask: 2, split: 'ordered', epochs: 4, learningRate: 0.03, batchSize: 32, lambda: 0.003 },
  },
];
