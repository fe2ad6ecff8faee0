/**
 * Convolution with bias and ReLU, as a product that reads its patches straight from the images:
 *
 *   y[(n,p,q), o] = max(0, b[o] + Σ_{(u,v,i)} x[n, p·s+u−pad, q·s+v−pad, i] · w[(u,v,i), o])
 *
 * x [N,H,W,Ci], w [KH,KW,Ci,Co], b [Co] → [N,OH,OW,Co].
 * Rows N·OH·OW, columns Co, depth KH·KW·Ci; dispatch and workgroup memory as in `gemm.ts`.
 * Bytes: w once for each row of tiles, x KH·KW/s² times (mostly from caches), y once, with bias and ReLU at no extra pass.
 * Reference: tf.conv2d, tf.add, tf.relu (`composed/convolution.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { convExtents, patches } from './conv-operands.ts';
import { gemm } from './gemm.ts';
import { matrixOperand } from './mat-mul.ts';

export const webgpuConv2d = kernel('LabConv2D', ({ x, w, b }, { stride, pad, relu }, backend: WebGPUBackend) => {
  const extents = convExtents(x.shape, w.shape, { stride, pad });
  const { outHeight, outWidth, filterHeight, filterWidth, channelsIn, channelsOut } = extents;
  const images = x.shape[0]!;
  return gemm(backend, {
    rows: images * outHeight * outWidth,
    columns: channelsOut,
    depth: filterHeight * filterWidth * channelsIn,
    a: patches(x, extents),
    b: matrixOperand(w, 'outer', 'columns'),
    bias: b,
    relu,
    outputShape: [images, outHeight, outWidth, channelsOut],
  });
});
