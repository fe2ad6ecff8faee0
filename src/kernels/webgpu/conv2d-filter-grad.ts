/**
 * Gradient of a convolution with respect to its filter, reduced over images as a sum, a sum of absolute values (exact MAS) or of squares
 * (empirical Fisher):
 *
 *   g_n[(u,v,i), o] = Σ_{(p,q)} x[n, p·s+u−pad, q·s+v−pad, i] · dy[n,p,q,o]
 *   dw = Σₙ gₙ   or   Σₙ |gₙ|   or   Σₙ gₙ²
 *
 * x [N,H,W,Ci], dy [N,OH,OW,Co] → [KH,KW,Ci,Co].
 * Rows KH·KW·Ci, columns Co. For the plain sum, images and positions are one long depth, cut into slices where the filter is too small
 * to fill a GPU (363 × 64 in the first layer). For the others a workgroup walks over images and, inside, over one image's positions: the sum
 * of an image never leaves its registers, so exact importance costs the arithmetic of a plain gradient and no memory a image.
 * Slices then hold whole images. With a single position (a linear layer seen as convolution) |x·dy| = |x|·|dy|: a plain product of
 * mapped operands.
 * Dispatch, workgroup memory and bytes: `gemm.ts`.
 * Reference: stock convolutions with axes exchanged, image by image (`composed/convolution.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { ConvGeometry, PerImage } from '../ops.ts';
import { kernel } from '../signatures.ts';
import { convExtents, transposedPatches } from './conv-operands.ts';
import type { PerElement } from './gemm-operand.ts';
import type { GemmProblem } from './gemm-product.ts';
import { gemm } from './gemm.ts';
import { matrixOperand } from './mat-mul.ts';

export const webgpuConv2dFilterGrad = kernel(
  'LabConv2DFilterGrad',
  ({ x, dy }, { stride, pad, filterShape, perImage }, backend: WebGPUBackend) =>
    gemm(backend, { ...filterGradProblem(x, dy, filterShape, { stride, pad }, perImage), outputShape: filterShape }),
);

/** The gradient as a product. */
export function filterGradProblem(x: TensorInfo, dy: TensorInfo, filterShape: readonly number[], geometry: ConvGeometry, perImage: PerImage): GemmProblem {
  const extents = convExtents(x.shape, filterShape, geometry);
  const { outHeight, outWidth, filterHeight, filterWidth, channelsIn, channelsOut } = extents;
  const images = x.shape[0]!;
  const positions = outHeight * outWidth;
  const map: PerElement = positions === 1 && perImage !== 'sum' ? perImage : 'as it is';
  return {
    rows: filterHeight * filterWidth * channelsIn,
    columns: channelsOut,
    depth: images * positions,
    a: transposedPatches(x, extents, map),
    b: matrixOperand(dy, 'outer', 'columns', map),
    ...(perImage !== 'sum' && positions > 1 ? { folding: { fold: perImage, count: images, depth: positions } } : {}),
  };
}
