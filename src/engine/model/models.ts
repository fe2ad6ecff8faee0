import type { ModelId } from '../../core/config.ts';
import { alexNet } from './alexnet.ts';
import type { ModelSpec } from './spec.ts';

const TORCHVISION_STEM = { kernel: 11, stride: 4, pad: 2 };
const TORCHVISION_WIDTHS = [64, 192, 384, 256, 256] as const;
const MNIST_INPUT = { size: 28, channels: 1, mean: [0.1307], std: [0.3081] } as const;

/**
 * The networks one can choose.
 * @param dropout rate of the dropout layers; −1 takes the model's own (torchvision's 0.5 for full AlexNet, none for the small nets)
 */
export function modelSpec(id: ModelId, dropout = -1): ModelSpec {
  const rate = (own: number): number => (dropout < 0 ? own : dropout);
  switch (id) {
    case 'alexnet-224':
      return alexNet({ id, inputSize: 224, widths: TORCHVISION_WIDTHS, hidden: 4096, stem: TORCHVISION_STEM, dropout: rate(0.5) });
    case 'alexnet-64':
      return alexNet({ id, inputSize: 64, widths: TORCHVISION_WIDTHS, hidden: 4096, stem: TORCHVISION_STEM, dropout: rate(0.5) });
    case 'alexnet-compact':
      // A 5×5 stride 2 stem: on 64-pixel images torchvision's 11×11 stride 4 leaves too little to see.
      return alexNet({ id, inputSize: 64, widths: [32, 64, 96, 64, 64], hidden: 256, stem: { kernel: 5, stride: 2, pad: 2 }, dropout: rate(0) });
    case 'mlp':
      return perceptron(rate(0));
    case 'small-conv':
      return smallConv(rate(0));
  }
}

/** Two hidden layers of 256, the split-MNIST network of the continual-learning literature (Zenke et al. 2017). */
function perceptron(dropout: number): ModelSpec {
  const drop = dropout > 0 ? [{ kind: 'dropout', rate: dropout } as const] : [];
  return {
    id: 'mlp',
    input: MNIST_INPUT,
    layers: [
      { kind: 'flatten' },
      { kind: 'linear', name: 'hidden.0', inFeatures: 784, outFeatures: 256, relu: true },
      ...drop,
      { kind: 'linear', name: 'hidden.1', inFeatures: 256, outFeatures: 256, relu: true },
      ...drop,
    ],
    features: 256,
    headName: 'head',
  };
}

/** Two 5×5 convolutions with pooling and one hidden layer. */
function smallConv(dropout: number): ModelSpec {
  const pool = { kind: 'max-pool', size: 2, stride: 2 } as const;
  return {
    id: 'small-conv',
    input: MNIST_INPUT,
    layers: [
      { kind: 'conv', name: 'features.0', inChannels: 1, outChannels: 16, kernel: 5, stride: 1, pad: 2, relu: true },
      pool,
      { kind: 'conv', name: 'features.3', inChannels: 16, outChannels: 32, kernel: 5, stride: 1, pad: 2, relu: true },
      pool,
      { kind: 'flatten' },
      ...(dropout > 0 ? [{ kind: 'dropout', rate: dropout } as const] : []),
      { kind: 'linear', name: 'classifier.1', inFeatures: 32 * 49, outFeatures: 128, relu: true },
    ],
    features: 128,
    headName: 'head',
  };
}
