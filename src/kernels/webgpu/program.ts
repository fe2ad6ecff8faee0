/**
 * Runs a WGSL program of the lab's own inside TensorFlow.js's WebGPU backend.
 *
 * The stock way (`backend.runWebGPUProgram`) has one output and writes a fresh uniform buffer and bind group for each dispatch.
 * Here a dispatch is recorded into the same compute pass, so stock and own operations keep their order, but
 *  - any number of tensors may be written, the caller's own among them (updates in place);
 *  - pipelines are kept by key, uniform buffers by content, bind groups by (pipeline, buffers): a training step that repeats
 *    the shapes of the last one, on the buffers TensorFlow.js recycles, creates none of them again (`device-cache.ts`);
 *  - `tf.time` sees each dispatch by its key.
 */
import { env, util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { bindGroupFor, cacheOf, pipelineFor, uniformBuffer, type Program, type StorageBinding } from './device-cache.ts';

/** A program, and what one dispatch of it works on. */
export interface Dispatch extends Program {
  /** One a storage binding: a tensor of any shape, or a buffer from {@link uploadBytes}. No written one may occur twice. */
  readonly operands: readonly (TensorInfo | GPUBuffer)[];
  readonly workgroups: readonly [number, number, number];
}

/** What a dispatch needs of the backend that its type declarations keep private (tfjs-backend-webgpu 4.22). */
interface PassRecorder {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  /** Present inside `tf.time`, which wants each program's GPU time. */
  readonly activeTimers?: { name: string; query: Promise<number> }[] | null;
  readonly supportTimestampQuery: boolean;
  readonly querySetCount: number;
  querySet: GPUQuerySet | null;
  readonly commandQueueOwnedIds: WeakSet<object>;
  /** Buffers that return to the pool at the next submit. */
  readonly uniformPendingDisposal: GPUBuffer[];
}

/** Workgroups for `count` work items of `perGroup` each, folded into y where x alone would pass WebGPU's limit of 65,535. */
export function foldedWorkgroups(count: number, perGroup: number): [number, number, number] {
  const groups = Math.ceil(count / perGroup);
  const y = Math.ceil(groups / 65535);
  return [Math.ceil(groups / y), y, 1];
}

/** A tensor with uninitialised contents; the dispatch that takes it must write every element. */
export function makeOutput(backend: WebGPUBackend, shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
  return backend.makeTensorInfo([...shape], dtype);
}

/** Copies bytes into a pooled storage buffer for the next {@link record}; it returns to the pool when that is submitted. */
export function uploadBytes(backend: WebGPUBackend, bytes: Uint8Array): GPUBuffer {
  const paddedBytes = Math.max(4, Math.ceil(bytes.byteLength / 4) * 4);
  const buffer = backend.bufferManager.acquireBuffer(paddedBytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
  let source = bytes;
  if (paddedBytes !== bytes.byteLength) {
    source = new Uint8Array(paddedBytes);
    source.set(bytes);
  }
  backend.queue.writeBuffer(buffer, 0, source as Uint8Array<ArrayBuffer>);
  recorderOf(backend).uniformPendingDisposal.push(buffer);
  return buffer;
}

/** Records one dispatch. */
export function record(backend: WebGPUBackend, dispatch: Dispatch): void {
  const { storage, workgroups } = dispatch;
  util.assert(dispatch.operands.length === storage.length, () => `${dispatch.key}: ${dispatch.operands.length} operands for ${storage.length} bindings`);
  const operands = dispatch.operands.map((operand, i) => (holdsIntegersFor(backend, operand, storage[i]!) ? toFloats(backend, operand) : operand));
  const cache = cacheOf(backend.device);
  const kept = pipelineFor(backend.device, cache, dispatch);
  const buffers = operands.map((operand) => (isTensor(operand) ? bufferOf(backend, operand) : operand));
  buffers.push(uniformBuffer(backend.device, cache, dispatch.uniforms));
  const bindGroup = bindGroupFor(backend.device, cache, kept, buffers);

  const recorder = recorderOf(backend);
  const pass = openPass(backend, recorder);
  pass.setPipeline(kept.pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...workgroups);

  operands.forEach((operand, i) => {
    if (!isTensor(operand)) return;
    // Disposing the tensor before the submit must not hand its buffer to someone else.
    recorder.commandQueueOwnedIds.add(operand.dataId);
    // A copy on the CPU, left there by an earlier data(), would now be stale.
    if (storage[i]!.access === 'read_write') backend.tensorMap.get(operand.dataId).values = null as never;
  });
  operands.forEach((operand, i) => {
    if (operand !== dispatch.operands[i]) backend.disposeData((operand as TensorInfo).dataId);
  });
  recorder.dispatchCountInPass++;
  if (recorder.activeTimers) {
    backend.endComputePassEncoder();
    recorder.activeTimers.push({ name: dispatch.key, query: backend.getQueryTime() });
  } else if (recorder.dispatchCountInPass >= env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

/** The pass that TensorFlow.js is recording, or a new one; inside `tf.time`, where the device can, one of its own between two timestamps. */
function openPass(backend: WebGPUBackend, recorder: PassRecorder): GPUComputePassEncoder {
  backend.ensureCommandEncoderReady();
  const timed = recorder.activeTimers && recorder.supportTimestampQuery;
  if (timed) {
    backend.endComputePassEncoder();
    recorder.querySet ??= backend.device.createQuerySet({ type: 'timestamp', count: recorder.querySetCount });
  }
  if (!recorder.computePassEncoder) {
    util.assert(recorder.commandEncoder !== null, () => 'tfjs-backend-webgpu offers no command encoder');
    recorder.computePassEncoder = recorder.commandEncoder!.beginComputePass(
      timed && recorder.querySet
        ? { timestampWrites: { querySet: recorder.querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } }
        : {},
    );
  }
  return recorder.computePassEncoder;
}

function isTensor(operand: TensorInfo | GPUBuffer): operand is TensorInfo {
  return 'dataId' in operand;
}

/** Stock casts from int32 or bool to float32 only change the tensor's label: the buffer goes on holding integers. */
function holdsIntegersFor(backend: WebGPUBackend, operand: TensorInfo | GPUBuffer, binding: StorageBinding): operand is TensorInfo {
  if (!isTensor(operand) || binding.element === 'i32' || binding.element === 'u32') return false;
  const integers = backend.tensorMap.get(operand.dataId).dtype !== 'float32';
  util.assert(!integers || binding.access === 'read', () => `${binding.name} is to hold floats, and its buffer holds integers`);
  return integers;
}

function toFloats(backend: WebGPUBackend, integers: TensorInfo): TensorInfo {
  const floats = makeOutput(backend, integers.shape);
  const count = util.sizeFromShape(integers.shape);
  record(backend, {
    key: 'toFloats',
    source: () => `
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i < params.count) { floats[i] = f32(integers[i]); }
}`,
    storage: [
      { name: 'floats', element: 'f32', access: 'read_write' },
      { name: 'integers', element: 'i32', access: 'read' },
    ],
    operands: [floats, integers],
    uniforms: [{ name: 'count', type: 'u32', value: count }],
    workgroups: foldedWorkgroups(count, 256),
  });
  return floats;
}

function bufferOf(backend: WebGPUBackend, tensor: TensorInfo): GPUBuffer {
  upload(backend, tensor);
  const { resource } = backend.tensorMap.get(tensor.dataId);
  util.assert(resource instanceof GPUBuffer, () => `a tensor of shape [${tensor.shape}] is no storage buffer`);
  return resource as GPUBuffer;
}

/**
 * Moves a tensor's numbers to the device, through the queue: the stock way maps a fresh buffer, a third of a millisecond each, and ends
 * the pass for a copy.
 */
function upload(backend: WebGPUBackend, { dataId }: TensorInfo): void {
  const data = backend.tensorMap.get(dataId);
  if (data.resource) return;
  const { values, dtype } = data;
  const isPlain = (dtype === 'float32' && values instanceof Float32Array) || (dtype === 'int32' && values instanceof Int32Array);
  if (!isPlain || values.length === 0) {
    backend.uploadToGPU(dataId);
    return;
  }
  // Free buffers of the pool wait for no command that is still to be submitted, so what the queue writes before it harms none.
  const buffer = backend.bufferManager.acquireBuffer(values.byteLength, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
  backend.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>);
  data.resource = buffer;
  data.values = null as never;
}

function recorderOf(backend: WebGPUBackend): PassRecorder {
  return backend as unknown as PassRecorder;
}
