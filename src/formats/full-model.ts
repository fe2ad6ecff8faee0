/** Between the lab's split into backbone and heads and torchvision's one AlexNet. The MNIST networks have no torchvision twin. */
import type { NamedTensor, OutTensor } from './named-tensors.ts';

/** torchvision's names of the last layer, which is a task's head in the lab, and the head's own names. */
const HEAD_NAMES: readonly (readonly [model: string, head: string])[] = [
  ['classifier.6.weight', 'fc.weight'],
  ['classifier.6.bias', 'fc.bias'],
];

/** A task's output layer: `weight` [classes, features], `bias` [classes]; their own names do not matter. */
export interface Head {
  readonly weight: OutTensor;
  readonly bias: OutTensor;
}

/** `head.pth` as the seed stores it: `fc.weight`, `fc.bias`. */
export function headStateDict(head: Head): OutTensor[] {
  return [
    { ...head.weight, name: 'fc.weight' },
    { ...head.bias, name: 'fc.bias' },
  ];
}

/**
 * The whole network for one task: the shared weights and that task's head as `classifier.6.*`. With the widths of
 * `alexnet-224`, `torchvision.models.alexnet(num_classes=…).load_state_dict(…, strict=True)` takes it.
 */
export function fullModelStateDict(shared: readonly OutTensor[], head: Head): OutTensor[] {
  return [...shared, { ...head.weight, name: 'classifier.6.weight' }, { ...head.bias, name: 'classifier.6.bias' }];
}

/**
 * Splits a whole network's tensors into shared ones and head, the latter under its own names. Takes head files as they are.
 * `head` is empty where the file has none.
 */
export function splitModel(tensors: readonly NamedTensor[]): { readonly shared: NamedTensor[]; readonly head: NamedTensor[] } {
  const shared: NamedTensor[] = [];
  const head: NamedTensor[] = [];
  for (const tensor of tensors) {
    const pair = HEAD_NAMES.find((names) => names.includes(tensor.name));
    if (pair === undefined) shared.push(tensor);
    else head.push({ ...tensor, name: pair[1] });
  }
  return { shared, head };
}

/** Whether a parameter belongs to a head, by torchvision's name or its own. */
export function isHeadName(name: string): boolean {
  return HEAD_NAMES.some((names) => names.includes(name));
}
