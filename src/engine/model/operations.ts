import { imageShapeAt } from './layout.ts';
import { headLayer, isParametric, type ModelSpec } from './spec.ts';

/**
 * Floating-point operations of a training step's products as they are defined, however they are computed, a multiply-add as two:
 * forward, weight gradient, and input gradient but for the first layer's, whose input is the images.
 */
export function stepOperations(model: ModelSpec, classes: number, batch: number): number {
  return [...model.layers, headLayer(model, classes)].reduce((sum, layer, index) => {
    if (!isParametric(layer)) return sum;
    const forward = layer.kind === 'conv' ? imageShapeAt(model, index + 1)[0] ** 2 * layer.outChannels * layer.inChannels * layer.kernel ** 2 : layer.inFeatures * layer.outFeatures;
    return sum + 2 * batch * forward * (index === 0 ? 2 : 3);
  }, 0);
}
