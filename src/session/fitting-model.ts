/** Which of the lab's models the tensors of a file belong to. */
import { MODEL_IDS, MODEL_LABELS, type ModelId } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { torchShape } from '../engine/model/layout.ts';
import { modelSpec } from '../engine/model/models.ts';
import type { HostParams } from '../engine/model/params.ts';
import { backboneParams, type ParamSpec } from '../engine/model/spec.ts';
import { splitModel } from '../formats/full-model.ts';
import type { NamedTensor } from '../formats/named-tensors.ts';
import { loadBackbone, sameShape, stateDictOf, type ExpectedTensor, type Weights } from '../formats/state-dict.ts';
import type { WeightFile } from '../formats/weight-file.ts';

export interface FoundBackbone {
  /** Every model with these names and shapes: AlexNet's differ in nothing but the size of their images. */
  readonly models: readonly ModelId[];
  /** PyTorch's layout; copies, not views of the file. */
  readonly weights: HostParams;
  /** What the file has for a head, set aside; empty where it has none. */
  readonly head: readonly NamedTensor[];
}

/** A parameter as files have it: torchvision's name, PyTorch's order. */
export function expectedTensors(params: readonly ParamSpec[]): ExpectedTensor[] {
  return params.map((param) => ({ name: param.name, shape: torchShape(param) }));
}

/**
 * The backbone in a file of weights, whichever model it is of.
 * @param preferred compared with where no model fits and none is nearer
 * @throws LabError as `loadBackbone`; where no model fits, with every difference to the nearest
 */
export function findBackbone(file: WeightFile, preferred: ModelId, fileName: string): FoundBackbone {
  const { shared } = splitModel(stateDictOf(file, fileName));
  const models = MODEL_IDS.filter((id) => agreements(shared, id) === shared.length && shared.length === backboneOf(id).length);
  const expected = backboneOf(models[0] ?? nearestModel(shared, preferred));
  try {
    const { weights, head } = loadBackbone(file, expected, fileName);
    return { models, weights: hostParams(weights, expected), head };
  } catch (error) {
    if (models.length > 0 || !(error instanceof LabError)) throw error;
    const nearest = MODEL_LABELS[nearestModel(shared, preferred)];
    throw new LabError(error.code, `${error.message} Compared with ${nearest}, the nearest of the lab’s models.`, error.hint, error);
  }
}

/** The one to use of several that fit: the one already chosen, else torchvision's own, else the first. */
export function chosenModel(models: readonly ModelId[], preferred: ModelId): ModelId {
  if (models.includes(preferred)) return preferred;
  const model = models.find((id) => id === 'alexnet-224') ?? models[0];
  if (!model) throw new Error('a backbone of no model');
  return model;
}

/** Values by name with their shapes, copied: stored views would drag their whole file along. */
export function hostParams(weights: Weights, expected: readonly ExpectedTensor[]): HostParams {
  return new Map(expected.map(({ name, shape }) => [name, { shape, values: weights.get(name)!.slice() }]));
}

function backboneOf(id: ModelId): ExpectedTensor[] {
  return expectedTensors(backboneParams(modelSpec(id)));
}

/** The model most of whose parameters the tensors have. */
function nearestModel(tensors: readonly NamedTensor[], preferred: ModelId): ModelId {
  return MODEL_IDS.reduce((best, id) => (agreements(tensors, id) > agreements(tensors, best) ? id : best), preferred);
}

/** How many of the tensors are a parameter of the model, by name and shape. */
function agreements(tensors: readonly NamedTensor[], id: ModelId): number {
  const shapes = new Map(backboneOf(id).map(({ name, shape }) => [name, shape]));
  return tensors.filter(({ name, shape }) => sameShape(shapes.get(name) ?? [-1], shape)).length;
}
