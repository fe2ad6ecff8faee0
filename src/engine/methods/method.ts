/**
 * What a continual-learning method is to the trainer: a few hooks, none of which the trainer tells apart by method.
 * A new method is one file here and one line in `registry.ts` (docs/add-a-method.md).
 */
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { RunConfig } from '../../core/config.ts';
import type { ImportanceRule } from '../importance/output-importance.ts';
import type { Params } from '../model/params.ts';
import type { NetworkState } from '../network-state.ts';

/** What hooks may look at. The network's weights change in place from step to step. */
export interface MethodContext {
  readonly network: NetworkState;
  readonly config: RunConfig;
  /** Names of the backbone parameters that are trained. */
  readonly trained: ReadonlySet<string>;
  /** λ as it is set now. */
  readonly lambda: number;
}

/** A quadratic pull on one parameter: Ω and θ*, both of its shape. */
export interface PenaltyTerm {
  readonly omega: Tensor;
  readonly anchor: Tensor;
}

/** One training image: image `index` of task `task`'s training set. */
export interface TrainingItem {
  readonly task: number;
  readonly index: number;
}

/** A loss beside the new task's cross-entropy, with its gradients. The trainer disposes all tensors. */
export interface ExtraLoss {
  readonly loss: Scalar;
  /** [N, features]; added to the gradient with respect to the backbone's output. */
  readonly dFeatures: Tensor2D;
  /** Gradients of earlier tasks' heads, by task. */
  readonly headGradients: ReadonlyMap<number, ReadonlyMap<string, Tensor>>;
}

/** Measures importance on the images that the config chooses. The caller disposes the result. */
export type MeasureImportance = (rule: ImportanceRule) => Promise<Params>;

/** A method's state after a finished task. */
export interface SavedState {
  readonly finishedTasks: number;
  readonly omega: Params | null;
  /** θ*; null where it is the backbone itself, as it is unless importances were imported with another. */
  readonly anchor: Params | null;
  /** As {@link Method.running} gave it; empty where it was not stored. */
  readonly running: ReadonlyMap<string, Params>;
}

export interface Method {
  /** Its name in `METHOD_IDS`, or any other while it is tried out. */
  readonly id: string;
  /** The penalty is λ · penaltyScale · Σ Ω (θ − θ*)²: 1 for MAS and SI, ½ for EWC. */
  readonly penaltyScale: number;

  /** Whether the backbone learns in this task. */
  trainsBackbone(task: number): boolean;
  /** Tasks whose training images make up an epoch. */
  trainingTasks(task: number): readonly number[];
  /** Images of earlier tasks that join each batch. `trainCounts[t]` = training images of task t; `draw(n)` is uniform in [0, n). */
  rehearse?(task: number, trainLabels: readonly Uint16Array[], draw: (bound: number) => number): readonly TrainingItem[];

  /** Before the first step of a task; its head exists. */
  beforeTask?(context: MethodContext, task: number): void;
  /** The pull on a backbone parameter in this task, or null. */
  penalty?(name: string): PenaltyTerm | null;
  /** Once a step, after the forward pass. x [N,H,W,C] and features [N, features] stay the trainer's. */
  extraLoss?(context: MethodContext, task: number, x: Tensor4D, features: Tensor2D): ExtraLoss | null;
  /** Right before and after one backbone parameter moves. `gradient` is the task loss's alone. */
  beforeUpdate?(name: string, theta: Tensor, gradient: Tensor): void;
  afterUpdate?(name: string, theta: Tensor): void;
  /** After a task's last step: measure importance, move the anchor. */
  afterTask?(context: MethodContext, task: number, measure: MeasureImportance): Promise<void>;

  /** Accumulated Ω, for views and files; null before the first task or where the method has none. Stays the method's. */
  omega(): Params | null;
  /** θ* of the penalty; null likewise. */
  anchor(): Params | null;
  /** Ω of the task just ended alone, for views; kept from `afterTask` until {@link forgetOwnOmega}. Stays the method's. */
  ownOmega?(): Params | null;
  forgetOwnOmega?(): void;
  /** What else a method carries from task to task, by name; stored with Ω. Stays the method's. */
  running?(): ReadonlyMap<string, Params>;
  /** Takes up where a stored run or imported importances left off. Copies what it keeps. */
  restore?(context: MethodContext, saved: SavedState): void;
  dispose(): void;
}

