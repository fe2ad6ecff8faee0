/** A network as data: a chain of layers, so that forward, backward and importance are loops over a list. */

export interface ConvLayer {
  readonly kind: 'conv';
  /** Parameter prefix, torchvision's: 'features.0'. */
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly relu: boolean;
}
export interface LinearLayer {
  readonly kind: 'linear';
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly relu: boolean;
}
export type LayerSpec =
  | ConvLayer
  | LinearLayer
  | { readonly kind: 'max-pool'; readonly size: number; readonly stride: number }
  | { readonly kind: 'adaptive-avg-pool'; readonly size: number }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'dropout'; readonly rate: number };

export interface ModelSpec {
  readonly id: string;
  readonly input: {
    readonly size: number;
    readonly channels: 1 | 3;
    /** Per channel, in units of [0, 1] pixels. */
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  /** The shared network (backbone); each task adds a linear head on its output. */
  readonly layers: readonly LayerSpec[];
  /** Width of the backbone's output. */
  readonly features: number;
  /** Name of the last layer in the full network, where one head is exported as part of it ('classifier.6'). */
  readonly headName: string;
}

/** A parameter of the backbone or a head: `shape` is the engine's (conv [KH,KW,Ci,Co], linear [In,Out], bias [Out]). */
export interface ParamSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layer: ConvLayer | LinearLayer;
  readonly role: 'weight' | 'bias';
}

export function isParametric(layer: LayerSpec): layer is ConvLayer | LinearLayer {
  return layer.kind === 'conv' || layer.kind === 'linear';
}

/** Weight and bias of one layer. */
export function layerParams(layer: ConvLayer | LinearLayer): readonly [ParamSpec, ParamSpec] {
  const shape =
    layer.kind === 'conv'
      ? [layer.kernel, layer.kernel, layer.inChannels, layer.outChannels]
      : [layer.inFeatures, layer.outFeatures];
  const out = layer.kind === 'conv' ? layer.outChannels : layer.outFeatures;
  return [
    { name: `${layer.name}.weight`, shape, layer, role: 'weight' },
    { name: `${layer.name}.bias`, shape: [out], layer, role: 'bias' },
  ];
}

/** All backbone parameters in forward order, which is torchvision's state_dict order. */
export function backboneParams(spec: ModelSpec): readonly ParamSpec[] {
  return spec.layers.filter(isParametric).flatMap(layerParams);
}

/** The head of a task with `classes` classes; parameters `fc.weight`, `fc.bias`. */
export function headLayer(spec: ModelSpec, classes: number): LinearLayer {
  return { kind: 'linear', name: 'fc', inFeatures: spec.features, outFeatures: classes, relu: false };
}

/**
 * Names of the backbone parameters that are trained: all linear layers, and the last `trainableConvLayers` of the convolutions.
 * The first ones stay frozen: no gradient, no importance, no update.
 */
export function trainableParams(spec: ModelSpec, trainableConvLayers: number): ReadonlySet<string> {
  const convs = spec.layers.filter((layer) => layer.kind === 'conv');
  const frozen = new Set<LayerSpec>(convs.slice(0, Math.max(0, convs.length - trainableConvLayers)));
  const trained = spec.layers.filter(isParametric).filter((layer) => !frozen.has(layer));
  return new Set(trained.flatMap(layerParams).map((param) => param.name));
}
