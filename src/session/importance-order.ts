/** The layers of an importance summary in the network's order: Ω itself comes in that of the backward pass, from the last layer to the first. */
import type { ImportanceSummary } from '../core/importance-summary.ts';
import { backboneParams, type ModelSpec } from '../engine/model/spec.ts';

export function inModelOrder(summary: ImportanceSummary, model: ModelSpec): ImportanceSummary {
  const place = new Map(backboneParams(model).map(({ name }, index) => [name, index]));
  const byPlace = (a: { readonly name: string }, b: { readonly name: string }): number => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0);
  const { layers, density, overlap } = summary;
  const order = [...layers.keys()].sort((a, b) => byPlace(layers[a]!, layers[b]!));
  return {
    ...summary,
    layers: order.map((index) => layers[index]!),
    ...(density ? { density: density.toSorted(byPlace) } : {}),
    ...(overlap ? { overlap: { ...overlap, sharedByLayer: order.map((index) => overlap.sharedByLayer[index]!) } } : {}),
  };
}
