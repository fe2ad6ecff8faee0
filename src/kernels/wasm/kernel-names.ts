/** The module's exports, in the order by which threads are told which to run. */
export const WASM_KERNELS = [
  'convolution',
  'filterGradient',
  'winogradFilter',
  'winogradConvolution',
  'winogradFilterGradient',
  'product',
  'maxPool',
  'maxPoolGradient',
  'adaptivePool',
  'adaptivePoolGradient',
  'reluGradient',
  'dropout',
  'channelSum',
  'sgdUpdate',
  'anchorPenalty',
  'assembleBatch',
] as const;
export type WasmKernelName = (typeof WASM_KERNELS)[number];

/** Does part `part` of `parts` of the job whose fields begin at `job`, with the scratch of thread `lane`. */
export type WasmKernel = (job: number, part: number, parts: number, lane: number) => void;
export type WasmKernels = Readonly<Record<WasmKernelName, WasmKernel>>;
