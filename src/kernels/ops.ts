/**
 * The operations a training step is made of. The engine calls these and never learns which backend runs.
 *
 * Each forwards to a kernel of the lab's own, registered with TensorFlow.js under the names in {@link LAB_KERNELS}
 * for every backend: hand-written ones where a backend has them (`wasm/`, `webgpu/`), compositions of stock
 * operations elsewhere (`composed/`), which are also what the others are tested against.
 *
 * Layouts: images `[N, H, W, C]`, convolution weights `[KH, KW, Cin, Cout]`, linear weights `[In, Out]`,
 * all float32. Results belong to the caller (or to the enclosing `tf.tidy`).
 */
import { engine, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';

export const LAB_KERNELS = {
  conv2d: 'LabConv2D',
  conv2dInputGrad: 'LabConv2DInputGrad',
  conv2dFilterGrad: 'LabConv2DFilterGrad',
  dense: 'LabDense',
  matMul: 'LabMatMul',
  channelSum: 'LabChannelSum',
  maxPool: 'LabMaxPool',
  maxPoolGrad: 'LabMaxPoolGrad',
  adaptiveAvgPool: 'LabAdaptiveAvgPool',
  adaptiveAvgPoolGrad: 'LabAdaptiveAvgPoolGrad',
  reluGrad: 'LabReluGrad',
  dropout: 'LabDropout',
  softmaxCrossEntropy: 'LabSoftmaxCrossEntropy',
  assembleBatch: 'LabAssembleBatch',
  sgdUpdate: 'LabSgdUpdate',
  denseUpdate: 'LabDenseUpdate',
  convUpdate: 'LabConvUpdate',
  biasUpdate: 'LabBiasUpdate',
  anchorPenalty: 'LabAnchorPenalty',
} as const;
export type LabKernelName = (typeof LAB_KERNELS)[keyof typeof LAB_KERNELS];

/** Stride and zero padding, equal in both directions, as in PyTorch's Conv2d. Output size is floor((in + 2·pad − k)/stride) + 1. */
export interface ConvGeometry {
  readonly stride: number;
  readonly pad: number;
}

/**
 * What becomes of one image's gradient before the sum over the batch.
 * 'sum': Σₙ gₙ (a plain gradient). 'abs': Σₙ |gₙ| (exact MAS). 'square': Σₙ gₙ² (empirical Fisher).
 */
export type PerImage = 'sum' | 'abs' | 'square';

/** conv(x, w) + b, then max(0, ·) if `relu`. x [N,H,W,Ci], w [KH,KW,Ci,Co], b [Co] → [N,OH,OW,Co]. */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D, geometry: ConvGeometry, relu: boolean): Tensor4D {
  return run(LAB_KERNELS.conv2d, { x, w, b }, { ...geometry, relu }) as Tensor4D;
}

/** ∂/∂x of conv(x, w): dy [N,OH,OW,Co], w [KH,KW,Ci,Co] → [N,H,W,Ci] with `inputShape` = [N,H,W,Ci]. */
export function conv2dInputGrad(
  dy: Tensor4D,
  w: Tensor4D,
  inputShape: readonly [number, number, number, number],
  geometry: ConvGeometry,
): Tensor4D {
  return run(LAB_KERNELS.conv2dInputGrad, { dy, w }, { ...geometry, inputShape: [...inputShape] }) as Tensor4D;
}

/**
 * ∂/∂w of conv(x, w), reduced over images as `perImage` says; positions of one image are always summed first.
 * x [N,H,W,Ci], dy [N,OH,OW,Co] → [KH,KW,Ci,Co] with `filterShape` = [KH,KW,Ci,Co].
 */
export function conv2dFilterGrad(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: readonly [number, number, number, number],
  geometry: ConvGeometry,
  perImage: PerImage,
): Tensor4D {
  return run(LAB_KERNELS.conv2dFilterGrad, { x, dy }, { ...geometry, filterShape: [...filterShape], perImage }) as Tensor4D;
}

/** x·w + b, then max(0, ·) if `relu`. x [N,In], w [In,Out], b [Out] → [N,Out]. */
export function dense(x: Tensor2D, w: Tensor2D, b: Tensor1D, relu: boolean): Tensor2D {
  return run(LAB_KERNELS.dense, { x, w, b }, { relu }) as Tensor2D;
}

/** op(a) · op(b), with op transposing where asked; a, b rank 2. */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA = false, transposeB = false): Tensor2D {
  return run(LAB_KERNELS.matMul, { a, b }, { transposeA, transposeB }) as Tensor2D;
}

/**
 * The gradient of a bias: dy [N, …, C] → [C]. Positions of one image are summed, then images are reduced as `perImage` says.
 * Rank 2 ([N, C]) or 4 ([N,H,W,C]).
 */
export function channelSum(dy: Tensor2D | Tensor4D, perImage: PerImage): Tensor1D {
  return run(LAB_KERNELS.channelSum, { dy }, { perImage }) as Tensor1D;
}

/** Max pooling without padding. x [N,H,W,C] → [N, floor((H−size)/stride)+1, …, C]. */
export function maxPool(x: Tensor4D, size: number, stride: number): Tensor4D {
  return run(LAB_KERNELS.maxPool, { x }, { size, stride }) as Tensor4D;
}

/**
 * Gradient of {@link maxPool}: dy [N,OH,OW,C] → [N,H,W,C]. Of tied maxima the first in row order takes all, as in PyTorch.
 * With `reluMask` also multiplies by [x > 0], the derivative of the ReLU that made x.
 */
export function maxPoolGrad(dy: Tensor4D, x: Tensor4D, y: Tensor4D, size: number, stride: number, reluMask: boolean): Tensor4D {
  return run(LAB_KERNELS.maxPoolGrad, { dy, x, y }, { size, stride, reluMask }) as Tensor4D;
}

/** PyTorch's AdaptiveAvgPool2d(size): bin i covers floor(i·H/size) … ceil((i+1)·H/size) − 1. x [N,H,W,C] → [N,size,size,C]. */
export function adaptiveAvgPool(x: Tensor4D, size: number): Tensor4D {
  return run(LAB_KERNELS.adaptiveAvgPool, { x }, { size }) as Tensor4D;
}

/** Gradient of {@link adaptiveAvgPool}: dy [N,size,size,C] → `inputShape` = [N,H,W,C]. */
export function adaptiveAvgPoolGrad(dy: Tensor4D, inputShape: readonly [number, number, number, number]): Tensor4D {
  return run(LAB_KERNELS.adaptiveAvgPoolGrad, { dy }, { inputShape: [...inputShape] }) as Tensor4D;
}

/** dy · [y > 0]: the derivative of the ReLU whose output is y. Same shapes. */
export function reluGrad<T extends Tensor>(dy: T, y: T): T {
  return run(LAB_KERNELS.reluGrad, { dy, y }, {}) as T;
}

/**
 * x · keep / (1 − rate), where element i is kept when hash(seed, i) ≥ rate·2³² (see `dropout-hash.ts`), so the mask is the
 * same on every backend and the same call on dy is the gradient. 0 < rate < 1.
 */
export function dropout<T extends Tensor>(x: T, rate: number, seed: number): T {
  return run(LAB_KERNELS.dropout, { x }, { rate, seed }) as T;
}

/**
 * Softmax cross-entropy of each image, weighted, and its gradient with respect to the logits.
 * logits [N,K], labels int32 [N] → loss [N] = `scale` · nats, dlogits [N,K] = `scale` · (softmax − onehot).
 */
export function softmaxCrossEntropy(logits: Tensor2D, labels: Tensor1D, scale: number): { loss: Tensor1D; dlogits: Tensor2D } {
  const [loss, dlogits] = engine().runKernel(LAB_KERNELS.softmaxCrossEntropy, { logits, labels }, { scale }) as Tensor[];
  return { loss: loss as Tensor1D, dlogits: dlogits as Tensor2D };
}

/** How one image of a batch is placed: the window's offset in the zero-padded image, and a horizontal flip. */
export interface Placement {
  /** N entries each: rows and columns to shift the image by (positive moves its content up/left); what is uncovered is 0 after normalisation. */
  readonly shiftY: Int32Array;
  readonly shiftX: Int32Array;
  /** N entries, 1 = mirrored. Flips after shifting. */
  readonly flip: Uint8Array;
}

/** Images of one batch as bytes on the host, with how to enlarge, place and normalise them. */
export interface ByteBatch {
  /** N·S·S·C bytes, NHWC, where the images are stored as squares of side S; else N·H·W·C. */
  readonly bytes: Uint8Array;
  /** What comes out: [N,H,W,C]. */
  readonly shape: readonly [number, number, number, number];
  /** S, at most H and W: the images are enlarged to H × W first, to the bit as `core/resample.ts` does it. */
  readonly storedSide?: number;
  /** Per channel, C entries: out = (byte/255 − mean)/std, in float32 and in that order. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly placement?: Placement;
}

/** Bytes to normalised float32 images [N,H,W,C] on the device: enlarged where they are stored smaller, then placed, then normalised. */
export function assembleBatch(batch: ByteBatch): Tensor4D {
  return run(LAB_KERNELS.assembleBatch, {}, { batch: batch as unknown as NamedAttrMap }) as Tensor4D;
}

/** What one parameter's update needs; all tensors of one shape. Tensors are changed in place, none is made. */
export interface UpdateTensors {
  readonly theta: Tensor;
  /** Momentum buffer v. Absent: plain SGD (momentum must be 0). */
  readonly velocity?: Tensor;
  /** Gradient g of the task loss. */
  readonly grad: Tensor;
  /** Ω and θ*, both or neither. */
  readonly omega?: Tensor;
  readonly anchor?: Tensor;
}

/** What an update changes and looks at, where it makes the gradient itself. */
export type UpdatedTensors = Omit<UpdateTensors, 'grad'>;

export interface UpdateOptions {
  readonly learningRate: number;
  readonly momentum: number;
  /** Added to the gradient as weightDecay·θ. */
  readonly weightDecay: number;
  /** λ of the penalty λ Σ Ω (θ − θ*)². Ignored without omega. */
  readonly lambda: number;
  readonly penaltyStep: 'gradient' | 'proximal';
}

/**
 * One SGD step of one parameter, in place, each array read and written once (DESIGN.md section 2): g ← g + wd·θ, then
 * gradient form:  g ← g + 2λΩ(θ − θ*), v ← m·v + g, θ ← θ − lr·v;
 * proximal form:  v ← m·v + g, v ← (v + 2λΩ(θ − θ*)) / (1 + 2·lr·λ·Ω), θ ← θ − lr·v.
 * The proximal lines are the closed form θ_new = (θ̃ + 2·lr·λ·Ω·θ*)/(1 + 2·lr·λ·Ω) with θ̃ = θ − lr·v, solved for the movement
 * (θ − θ_new)/lr that the buffer must carry: no cancellation, and exactly SGD where λΩ = 0.
 * PyTorch's buffer starts as g, which equals m·0 + g.
 */
export function sgdUpdate(tensors: UpdateTensors, options: UpdateOptions): void {
  engine().runKernel(LAB_KERNELS.sgdUpdate, present({ ...tensors }), { ...options });
}

/**
 * {@link sgdUpdate} of a linear layer's weight with the gradient g = xᵀ·dy, which no tensor need hold: where a backend can, each element is
 * used as it is computed. x [N,In], dy [N,Out], all tensors [In,Out].
 */
export function denseUpdate(x: Tensor2D, dy: Tensor2D, tensors: UpdatedTensors, options: UpdateOptions): void {
  engine().runKernel(LAB_KERNELS.denseUpdate, present({ x, dy, ...tensors }), { ...options });
}

/** {@link sgdUpdate} of a convolution's filter with the gradient that {@link conv2dFilterGrad} sums, likewise. x [N,H,W,Ci], dy [N,OH,OW,Co], all tensors [KH,KW,Ci,Co]. */
export function convUpdate(x: Tensor4D, dy: Tensor4D, tensors: UpdatedTensors, { stride, pad }: ConvGeometry, options: UpdateOptions): void {
  engine().runKernel(LAB_KERNELS.convUpdate, present({ x, dy, ...tensors }), { ...options, stride, pad });
}

/** {@link sgdUpdate} of a bias with the gradient that {@link channelSum} sums, likewise. dy [N,C] or [N,H,W,C], all tensors [C]. */
export function biasUpdate(dy: Tensor2D | Tensor4D, tensors: UpdatedTensors, options: UpdateOptions): void {
  engine().runKernel(LAB_KERNELS.biasUpdate, present({ dy, ...tensors }), { ...options });
}

function present(tensors: Readonly<Record<string, Tensor | undefined>>): NamedTensorMap {
  return Object.fromEntries(Object.entries(tensors).filter(([, tensor]) => tensor !== undefined)) as NamedTensorMap;
}

/** Σ Ω (θ − θ*)² as a scalar (λ not applied). Same shapes. */
export function anchorPenalty(theta: Tensor, anchor: Tensor, omega: Tensor): Tensor {
  return run(LAB_KERNELS.anchorPenalty, { theta, anchor, omega }, {}) as Tensor;
}

function run(kernel: LabKernelName, inputs: NamedTensorMap, attrs: NamedAttrMap | object): Tensor {
  return engine().runKernel(kernel, inputs, attrs as NamedAttrMap) as Tensor;
}
