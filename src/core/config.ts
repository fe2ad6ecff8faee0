/** What determines a run: its settings' types, names and defaults. */

export const MODEL_IDS = ['alexnet-compact', 'alexnet-64', 'alexnet-224', 'mlp', 'small-conv'] as const;
export type ModelId = (typeof MODEL_IDS)[number];

export const METHOD_IDS = ['mas', 'ewc', 'si', 'rwalk', 'lwf', 'finetune', 'frozen', 'replay', 'joint'] as const;
export type MethodId = (typeof METHOD_IDS)[number];

export const IMPORTANCE_IDS = ['global', 'batch', 'vector-l1', 'vector-l2', 'local'] as const;
export type ImportanceId = (typeof IMPORTANCE_IDS)[number];

export const BACKEND_IDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof BACKEND_IDS)[number];

/** Everything that, with the data, determines a run. Plain JSON. */
export interface RunConfig {
  dataset: string;
  model: ModelId;
  /** The imported weights that the backbone starts from: the SHA-256 of the file they came in; '' for random ones by the seed. */
  initialWeights: string;
  method: MethodId;
  lambda: number;
  epochs: number;
  learningRate: number;
  batchSize: number;
  tasks: number;
  classesPerTask: number;
  seed: number;
  split: 'random' | 'ordered' | 'semantic' | 'manual';
  /** Class ids per task, for split 'manual'; '<dataset>:<class>' names a class of another stored dataset. */
  manualTasks: readonly (readonly string[])[] | null;
  penaltyStep: 'proximal' | 'gradient';
  importance: ImportanceId;
  importanceImages: number;
  importanceSource: 'train' | 'test' | 'dataset';
  /** Id of the dataset that importance is measured on, for source 'dataset'. */
  importanceDataset: string;
  /** Ids of the classes that importance is measured on, separated by commas; '' for all. */
  importanceClasses: string;
  importanceBatch: number;
  fisherLabels: 'true' | 'sampled';
  accumulation: 'sum' | 'mean' | 'decay';
  omegaDecay: number;
  omegaNormalization: 'none' | 'layer' | 'global';
  momentum: number;
  weightDecay: number;
  lrDecayEvery: number;
  lrDecayFactor: number;
  trainableConvLayers: number;
  /** −1 = the model's own (0.5 for full AlexNet, 0 for the others). */
  dropout: number;
  augment: boolean;
  evalCap: number;
  /** Steps between measurements right after a task switch; 0: none. */
  stabilityEvery: number;
  replayPerClass: number;
  temperature: number;
  siXi: number;
}

export const METHOD_LABELS: Readonly<Record<MethodId, string>> = {
  mas: 'MAS (Memory Aware Synapses)',
  ewc: 'EWC (elastic weight consolidation)',
  si: 'SI (synaptic intelligence)',
  rwalk: 'RWalk (Riemannian walk)',
  lwf: 'LwF (learning without forgetting)',
  finetune: 'Fine-tuning (no protection)',
  frozen: 'Frozen backbone (new heads only)',
  replay: 'Experience replay (small memory)',
  joint: 'Joint training (upper bound)',
};

export const MODEL_LABELS: Readonly<Record<ModelId, string>> = {
  'alexnet-compact': 'AlexNet compact (trains on a CPU)',
  'alexnet-64': 'AlexNet, 64-pixel images',
  'alexnet-224': 'AlexNet, 224-pixel images (the paper’s)',
  mlp: 'Two-layer perceptron (MNIST)',
  'small-conv': 'Small convolutional net (MNIST)',
};

/** The "Quick look" preset, which is what a first visit runs. */
export const DEFAULT_CONFIG: RunConfig = {
  dataset: 'builtin',
  model: 'alexnet-compact',
  initialWeights: '',
  method: 'mas',
  lambda: 1,
  epochs: 6,
  learningRate: 0.01,
  batchSize: 32,
  tasks: 4,
  classesPerTask: 5,
  seed: 0,
  split: 'random',
  manualTasks: null,
  penaltyStep: 'proximal',
  importance: 'global',
  importanceImages: 300,
  importanceSource: 'train',
  importanceDataset: '',
  importanceClasses: '',
  importanceBatch: 200,
  fisherLabels: 'true',
  accumulation: 'sum',
  omegaDecay: 0.5,
  omegaNormalization: 'none',
  momentum: 0.9,
  weightDecay: 0,
  lrDecayEvery: 20,
  lrDecayFactor: 0.1,
  trainableConvLayers: 5,
  dropout: -1,
  augment: false,
  evalCap: 100,
  stabilityEvery: 0,
  replayPerClass: 10,
  temperature: 2,
  siXi: 0.001,
};
