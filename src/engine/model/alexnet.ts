import type { LayerSpec, ModelSpec } from './spec.ts';

export interface AlexNetOptions {
  readonly id: string;
  /** Input height and width in pixels. */
  readonly inputSize: number;
  /** Output channels of the five convolutions. */
  readonly widths: readonly [number, number, number, number, number];
  /** Width of the two hidden linear layers. */
  readonly hidden: number;
  /** First convolution: torchvision's is 11×11, stride 4, pad 2. */
  readonly stem: { readonly kernel: number; readonly stride: number; readonly pad: number };
  /** Rate of the two dropout layers; 0 leaves them out. */
  readonly dropout: number;
}

export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/**
 * torchvision's AlexNet (Krizhevsky 2014, "one weird trick"), by its own parameter names: features.{0,3,6,8,10},
 * classifier.{1,4}; classifier.6 is the task's head.
 */
export function alexNet(options: AlexNetOptions): ModelSpec {
  const [c1, c2, c3, c4, c5] = options.widths;
  const conv = (index: number, inChannels: number, outChannels: number, kernel: number, pad: number, stride = 1): LayerSpec => ({
    kind: 'conv', name: `features.${index}`, inChannels, outChannels, kernel, stride, pad, relu: true,
  });
  const linear = (index: number, inFeatures: number): LayerSpec => ({
    kind: 'linear', name: `classifier.${index}`, inFeatures, outFeatures: options.hidden, relu: true,
  });
  const pool: LayerSpec = { kind: 'max-pool', size: 3, stride: 2 };
  const dropout: LayerSpec[] = options.dropout > 0 ? [{ kind: 'dropout', rate: options.dropout }] : [];
  const { stem } = options;
  return {
    id: options.id,
    input: { size: options.inputSize, channels: 3, mean: IMAGENET_MEAN, std: IMAGENET_STD },
    layers: [
      conv(0, 3, c1, stem.kernel, stem.pad, stem.stride),
      pool,
      conv(3, c1, c2, 5, 2),
      pool,
      conv(6, c2, c3, 3, 1),
      conv(8, c3, c4, 3, 1),
      conv(10, c4, c5, 3, 1),
      pool,
      { kind: 'adaptive-avg-pool', size: 6 },
      { kind: 'flatten' },
      ...dropout,
      linear(1, c5 * 36),
      ...dropout,
      linear(4, options.hidden),
    ],
    features: options.hidden,
    headName: 'classifier.6',
  };
}
