/**
 * Local (Hebbian) importance: every layer alone, 1/N Σₖ |∂‖ReLU(W x + b)‖²/∂(W, b)| with the layer's input x held
 * constant (Aljundi et al. 2018, section 4.2). The gradient before the ReLU is 2·ReLU(y), so no backward pass is needed.
 */
import { mul, relu, tidy, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { channelSum } from '../../kernels/ops.ts';
import { isParametric, type ModelSpec } from '../model/spec.ts';
import { weightGradient, type GradientSink, type Trace } from '../network.ts';

/** Hands Σ over the batch's images of each trained layer's |gradient| to `sink`. */
export function localGradients(model: ModelSpec, trace: Trace, trained: ReadonlySet<string>, sink: GradientSink): void {
  model.layers.forEach((layer, index) => {
    if (!isParametric(layer) || !trained.has(`${layer.name}.weight`)) return;
    const x = trace.values[index];
    const y = trace.values[index + 1];
    if (!x || !y) throw new Error(`layer ${index} was not kept`);
    const dy: Tensor = tidy(() => mul(layer.relu ? y : relu(y), 2));
    sink(`${layer.name}.weight`, weightGradient(layer, x, dy, 'abs'));
    sink(`${layer.name}.bias`, channelSum(dy as Tensor2D | Tensor4D, 'abs'));
    dy.dispose();
  });
}
