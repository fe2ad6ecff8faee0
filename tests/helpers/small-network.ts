/** The reference's SMALL network on the engine, with its weights, inputs and labels. */
import { tensor, tensor1d, type Tensor4D } from '@tensorflow/tfjs-core';
import { alexNet } from '../../src/engine/model/alexnet.ts';
import { toTorch, type HostTensor } from '../../src/engine/model/layout.ts';
import { deviceParams, type Params } from '../../src/engine/model/params.ts';
import { backboneParams, trainableParams, type ModelSpec, type ParamSpec } from '../../src/engine/model/spec.ts';
import { headParams, type NetworkState } from '../../src/engine/network-state.ts';
import { referenceTensors, type ReferenceTensor } from './reference.ts';

export const SMALL: ModelSpec = alexNet({
  id: 'reference-small',
  inputSize: 64,
  widths: [8, 16, 24, 16, 16],
  hidden: 64,
  stem: { kernel: 11, stride: 4, pad: 2 },
  dropout: 0,
});
export const SMALL_TRAINED = trainableParams(SMALL, 5);
export const HEAD_CLASSES = 5;

/** The engine's name of a reference parameter: classifier.6 is the head. */
export function engineName(name: string): string {
  return name.replace('classifier.6.', 'fc.');
}

export function referenceName(name: string): string {
  return name.replace('fc.', 'classifier.6.');
}

/** Backbone and one head from reference tensors called `<prefix><p>`. */
export function smallNetwork(file: string, prefix = '', head: { weight: string; bias: string } = { weight: 'classifier.6.weight', bias: 'classifier.6.bias' }): NetworkState {
  const tensors = referenceTensors('small', file);
  return { model: SMALL, backbone: smallBackbone(tensors, prefix), heads: [smallHead(tensors, prefix + head.weight, prefix + head.bias)] };
}

export function smallBackbone(tensors: ReadonlyMap<string, ReferenceTensor>, prefix: string): Params {
  const host = new Map(backboneParams(SMALL).map((param) => [param.name, need(tensors, prefix + param.name)] as const));
  return deviceParams(host, backboneParams(SMALL), SMALL);
}

export function smallHead(tensors: ReadonlyMap<string, ReferenceTensor>, weight: string, bias: string): Params {
  const host = new Map<string, HostTensor>([
    ['fc.weight', need(tensors, weight)],
    ['fc.bias', need(tensors, bias)],
  ]);
  return deviceParams(host, headParams(SMALL, HEAD_CLASSES), SMALL);
}

/** NCHW reference images `first` … `end` as the engine's NHWC tensor, with their labels. */
export function smallInput(task: 'task1' | 'task2', first = 0, end = 16): { x: Tensor4D; labels: Int32Array } {
  const tensors = referenceTensors('small', 'inputs.safetensors');
  const x = need(tensors, `${task}/x`);
  const y = need(tensors, `${task}/y`);
  return { x: nhwc(x, first, end), labels: Int32Array.from(y.values.subarray(first, end)) };
}

export function nhwc(image: ReferenceTensor, first: number, end: number): Tensor4D {
  const [, channels, height, width] = image.shape as [number, number, number, number];
  const area = height * width;
  const values = new Float32Array((end - first) * area * channels);
  for (let n = first; n < end; n++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < area; p++) values[((n - first) * area + p) * channels + c] = image.values[(n * channels + c) * area + p]!;
  return tensor(values, [end - first, height, width, channels]) as Tensor4D;
}

export function smallParams(): readonly ParamSpec[] {
  return [...backboneParams(SMALL), ...headParams(SMALL, HEAD_CLASSES)];
}

/** A device tensor in PyTorch's order, to be compared with the reference. */
export async function torchValues(param: ParamSpec, value: { data(): Promise<ArrayLike<number>> }): Promise<Float32Array> {
  return toTorch((await value.data()) as Float32Array, param, SMALL).values;
}

export function need(tensors: ReadonlyMap<string, ReferenceTensor>, name: string): ReferenceTensor {
  const found = tensors.get(name);
  if (!found) throw new Error(`the reference has no tensor ${name}`);
  return found;
}

export function int32(labels: Int32Array) {
  return tensor1d(labels, 'int32');
}
