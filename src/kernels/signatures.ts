import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { ByteBatch, ConvGeometry, LabKernelName, PerImage, UpdateOptions } from './ops.ts';

type Shape4D = readonly [number, number, number, number];

/** What `ops.ts` hands to each kernel: its tensors by name, and its attributes. */
export interface LabSignatures {
  LabConv2D: { inputs: Inputs<'x' | 'w' | 'b'>; attrs: ConvGeometry & { readonly relu: boolean } };
  LabConv2DInputGrad: { inputs: Inputs<'dy' | 'w'>; attrs: ConvGeometry & { readonly inputShape: Shape4D } };
  LabConv2DFilterGrad: {
    inputs: Inputs<'x' | 'dy'>;
    attrs: ConvGeometry & { readonly filterShape: Shape4D; readonly perImage: PerImage };
  };
  LabDense: { inputs: Inputs<'x' | 'w' | 'b'>; attrs: { readonly relu: boolean } };
  LabMatMul: { inputs: Inputs<'a' | 'b'>; attrs: { readonly transposeA: boolean; readonly transposeB: boolean } };
  LabChannelSum: { inputs: Inputs<'dy'>; attrs: { readonly perImage: PerImage } };
  LabMaxPool: { inputs: Inputs<'x'>; attrs: { readonly size: number; readonly stride: number } };
  LabMaxPoolGrad: {
    inputs: Inputs<'dy' | 'x' | 'y'>;
    attrs: { readonly size: number; readonly stride: number; readonly reluMask: boolean };
  };
  LabAdaptiveAvgPool: { inputs: Inputs<'x'>; attrs: { readonly size: number } };
  LabAdaptiveAvgPoolGrad: { inputs: Inputs<'dy'>; attrs: { readonly inputShape: Shape4D } };
  LabReluGrad: { inputs: Inputs<'dy' | 'y'>; attrs: object };
  LabDropout: { inputs: Inputs<'x'>; attrs: { readonly rate: number; readonly seed: number } };
  LabSoftmaxCrossEntropy: { inputs: Inputs<'logits' | 'labels'>; attrs: { readonly scale: number } };
  LabAssembleBatch: { inputs: object; attrs: { readonly batch: ByteBatch } };
  LabSgdUpdate: { inputs: Inputs<'grad'> & UpdatedInputs; attrs: UpdateOptions };
  LabDenseUpdate: { inputs: Inputs<'x' | 'dy'> & UpdatedInputs; attrs: UpdateOptions };
  LabConvUpdate: { inputs: Inputs<'x' | 'dy'> & UpdatedInputs; attrs: UpdateOptions & ConvGeometry };
  LabBiasUpdate: { inputs: Inputs<'dy'> & UpdatedInputs; attrs: UpdateOptions };
  LabAnchorPenalty: { inputs: Inputs<'theta' | 'anchor' | 'omega'>; attrs: object };
}

type Inputs<Names extends string> = { readonly [Name in Names]: TensorInfo };

/** What an update changes and looks at. */
export type UpdatedInputs = Inputs<'theta'> & Partial<Inputs<'velocity' | 'omega' | 'anchor'>>;

/** Kernels written by hand for one backend; what is absent is composed of stock operations. */
export type KernelTable = Partial<Record<LabKernelName, KernelFunc>>;

/**
 * A kernel with its inputs and attributes typed, as TensorFlow.js's registry wants it.
 *
 * @param name only chooses the types
 * @param body computes the outputs on `backend`, the engine's backend object
 */
export function kernel<Name extends keyof LabSignatures, Backend extends object>(
  name: Name,
  body: (
    inputs: LabSignatures[Name]['inputs'],
    attrs: LabSignatures[Name]['attrs'],
    backend: Backend,
  ) => TensorInfo | TensorInfo[],
): [Name, KernelFunc] {
  return [
    name,
    ({ inputs, attrs, backend }) =>
      body(
        inputs as unknown as LabSignatures[Name]['inputs'],
        attrs as unknown as LabSignatures[Name]['attrs'],
        backend as Backend,
      ),
  ];
}
