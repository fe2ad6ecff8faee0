/**
 * Gradient of a convolution with respect to its input:
 *
 *   dx[(n,r,c), i] = Σ_{(u,v,o)} dy[n, (r+pad−u)/s, (c+pad−v)/s, o] · w[u,v,i,o]   (terms whose divisions are exact)
 *
 * dy [N,OH,OW,Co], w [KH,KW,Ci,Co] → [N,H,W,Ci].
 * Rows N·H·W, columns Ci, depth KH·KW·Co; dispatch and workgroup memory as in `gemm.ts`. With stride s only 1/s² of the terms are not
 * zero and none is skipped: the one strided convolution of an AlexNet is its first, whose input gradient nobody asks for.
 * Bytes: w once for each row of tiles, dy KH·KW times (mostly from caches), dx once.
 * Reference: the stock Conv2DBackpropInput.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { convExtents, filterByInputChannel, upstreamPatches } from './conv-operands.ts';
import { gemm } from './gemm.ts';

export const webgpuConv2dInputGrad = kernel('LabConv2DInputGrad', ({ dy, w }, { stride, pad, inputShape }, backend: WebGPUBackend) => {
  const extents = convExtents(inputShape, w.shape, { stride, pad });
  const { height, width, filterHeight, filterWidth, channelsIn, channelsOut } = extents;
  return gemm(backend, {
    rows: inputShape[0] * height * width,
    columns: channelsIn,
    depth: filterHeight * filterWidth * channelsOut,
    a: upstreamPatches(dy, extents),
    b: filterByInputChannel(w, extents),
    outputShape: inputShape,
  });
});
