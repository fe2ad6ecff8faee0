import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { StorageBinding, UniformField } from './device-cache.ts';

/** What a program does with each element that it makes, in place of writing it to a tensor of its own. */
export interface GradientUse {
  /** Names everything baked into `statements`. */
  readonly key: string;
  /** Beside what the elements are made of; as wide as these allow. */
  readonly storage: readonly StorageBinding[];
  readonly operands: readonly TensorInfo[];
  readonly uniforms: readonly UniformField[];
  /** WGSL that uses `gradient`, element `i`: four neighbours where the last axis is a multiple of four. */
  readonly statements: string;
}
