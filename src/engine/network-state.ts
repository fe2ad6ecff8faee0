/** The weights that learn: one backbone shared by all tasks, and one head a task. */
import type { ModelSpec } from './model/spec.ts';
import { backboneParams, headLayer, layerParams, type ParamSpec } from './model/spec.ts';
import { copyParams, deviceParams, disposeParams, hostParams, initialHead, initialParams, type HostParams, type Params } from './model/params.ts';

export interface NetworkState {
  readonly model: ModelSpec;
  readonly backbone: Params;
  /** One head per task begun, in task order. */
  readonly heads: Params[];
}

/**
 * A network at its start, without heads.
 * @param given the backbone it starts from; null draws one by the seed
 * @throws LabError 'param-mismatch' listing every difference between the given backbone and the model's
 */
export function createNetwork(model: ModelSpec, seed: number, given: HostParams | null = null): NetworkState {
  const params = backboneParams(model);
  return { model, backbone: given ? deviceParams(given, params, model) : initialParams(params, seed), heads: [] };
}

/** Adds the head of the next task, initialised by (seed, task). */
export function addHead(network: NetworkState, classes: number, seed: number): void {
  network.heads.push(initialHead(headParams(network.model, classes), seed, network.heads.length));
}

export function headParams(model: ModelSpec, classes: number): readonly ParamSpec[] {
  return layerParams(headLayer(model, classes));
}

/** An independent copy, for teachers (LwF) and anchors. */
export function copyNetwork(network: NetworkState): NetworkState {
  return { model: network.model, backbone: copyParams(network.backbone), heads: network.heads.map(copyParams) };
}

export function disposeNetwork(network: NetworkState): void {
  disposeParams(network.backbone);
  network.heads.forEach(disposeParams);
}

/** All weights on the host in PyTorch's layouts: what checkpoints and files are made of. */
export interface HostNetwork {
  readonly backbone: HostParams;
  readonly heads: readonly HostParams[];
}

export async function downloadNetwork(network: NetworkState): Promise<HostNetwork> {
  const heads: HostParams[] = [];
  for (const head of network.heads) heads.push(await hostParams(head, headParams(network.model, classesOf(head)), network.model));
  return { backbone: await hostParams(network.backbone, backboneParams(network.model), network.model), heads };
}

/** @throws LabError 'param-mismatch' listing every difference */
export function uploadNetwork(model: ModelSpec, host: HostNetwork): NetworkState {
  return {
    model,
    backbone: deviceParams(host.backbone, backboneParams(model), model),
    heads: host.heads.map((head) => deviceParams(head, headParams(model, head.get('fc.bias')?.values.length ?? 0), model)),
  };
}

function classesOf(head: Params): number {
  return head.get('fc.bias')?.shape[0] ?? 0;
}
