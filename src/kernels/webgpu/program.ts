/**
 * Runs a WGSL program of the lab's own inside TensorFlow.js's WebGPU backend.
 *
 * The stock way (`backend.runWebGPUProgram`) has one output and writes a fresh uniform buffer and bind group for each dispatch.
 * Here a dispatch is recorded into the same compute pass, so stock and own operations keep their order, but
 *  - any number of tensors may be written, the caller's own among them (updates in place);
 *  - pipelines are kept by key, uniform buffers by content, bind groups by (pipeline, buffers): a training step that repeats
 *    the shapes of the last one, on the buffers TensorFlow.js recycles, creates none of them again.
 *
 * Everything kept belongs to a device and is dropped with it.
 */
import { env, util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** One storage buffer of a program, in binding order. */
export interface StorageBinding {
  readonly name: string;
  readonly element: 'f32' | 'vec4<f32>' | 'i32' | 'u32';
  readonly access: 'read' | 'read_write';
}

/** One scalar of the uniform block `params`. */
export interface UniformField {
  readonly name: string;
  readonly type: 'u32' | 'f32';
  readonly value: number;
}

/** A program, and what one dispatch of it works on. */
export interface Dispatch {
  /** Names everything baked into the source; equal keys mean equal sources, bindings and uniform fields. */
  readonly key: string;
  /** WGSL with an entry point `main`; storage bindings and `params` are declared before it. Called when the key is new. */
  readonly source: () => string;
  readonly storage: readonly StorageBinding[];
  /** One a storage binding: a tensor of any shape, or a buffer from {@link uploadBytes}. No written one may occur twice. */
  readonly operands: readonly (TensorInfo | GPUBuffer)[];
  readonly uniforms: readonly UniformField[];
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

interface KeptPipeline {
  readonly id: number;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

interface DeviceCache {
  readonly layouts: Map<string, GPUBindGroupLayout>;
  readonly pipelines: Map<string, KeptPipeline>;
  readonly uniforms: Map<string, GPUBuffer>;
  readonly bindGroups: Map<string, GPUBindGroup>;
  readonly bufferIds: WeakMap<GPUBuffer, number>;
  nextId: number;
}

/** Entries past which the oldest are forgotten: some training steps' worth, so that values that never repeat do not pile up. */
const KEPT_UNIFORMS = 512;
const KEPT_BIND_GROUPS = 2048;

let caches = new WeakMap<GPUDevice, DeviceCache>();

/** Forgets the pipelines and buffers kept for every device; the next dispatch builds what it needs anew. */
export function releaseWebgpuKernelCaches(): void {
  caches = new WeakMap();
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
  backend.uploadToGPU(tensor.dataId);
  const { resource } = backend.tensorMap.get(tensor.dataId);
  util.assert(resource instanceof GPUBuffer, () => `a tensor of shape [${tensor.shape}] is no storage buffer`);
  return resource as GPUBuffer;
}

function recorderOf(backend: WebGPUBackend): PassRecorder {
  return backend as unknown as PassRecorder;
}

function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device);
  if (!cache) {
    cache = {
      layouts: new Map(),
      pipelines: new Map(),
      uniforms: new Map(),
      bindGroups: new Map(),
      bufferIds: new WeakMap(),
      nextId: 0,
    };
    caches.set(device, cache);
  }
  return cache;
}

function pipelineFor(device: GPUDevice, cache: DeviceCache, dispatch: Dispatch): KeptPipeline {
  const known = cache.pipelines.get(dispatch.key);
  if (known) return known;
  const declarations = dispatch.storage.map(
    ({ name, element, access }, i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`,
  );
  const fields = dispatch.uniforms.map(({ name, type }) => `${name}: ${type},`);
  const code = `
${declarations.join('\n')}
struct Params { ${fields.join(' ')} }
@group(0) @binding(${dispatch.storage.length}) var<uniform> params: Params;
${dispatch.source()}`;
  const layout = layoutFor(device, cache, dispatch.storage);
  const pipeline = device.createComputePipeline({
    label: dispatch.key,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label: dispatch.key, code }), entryPoint: 'main' },
  });
  const entry = { id: cache.nextId++, layout, pipeline };
  cache.pipelines.set(dispatch.key, entry);
  return entry;
}

/** One layout for all programs with the same accesses, in order. */
function layoutFor(device: GPUDevice, cache: DeviceCache, storage: readonly StorageBinding[]): GPUBindGroupLayout {
  const key = storage.map(({ access }) => access).join();
  let layout = cache.layouts.get(key);
  if (!layout) {
    const entries: GPUBindGroupLayoutEntry[] = storage.map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
    }));
    entries.push({ binding: storage.length, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } });
    layout = device.createBindGroupLayout({ entries });
    cache.layouts.set(key, layout);
  }
  return layout;
}

/** The block `params`, written once for each content it ever has and never again, so sharing it between dispatches is safe. */
function uniformBuffer(device: GPUDevice, cache: DeviceCache, fields: readonly UniformField[]): GPUBuffer {
  const words = new Uint32Array(Math.max(4, fields.length));
  const floats = new Float32Array(words.buffer);
  fields.forEach(({ type, value }, i) => {
    if (type === 'u32') words[i] = value;
    else floats[i] = value;
  });
  return recall(cache.uniforms, KEPT_UNIFORMS, words.join(), () => {
    const buffer = device.createBuffer({ size: words.byteLength, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
    new Uint32Array(buffer.getMappedRange()).set(words);
    buffer.unmap();
    return buffer;
  });
}

function bindGroupFor(
  device: GPUDevice,
  cache: DeviceCache,
  { id: pipelineId, layout }: KeptPipeline,
  buffers: readonly GPUBuffer[],
): GPUBindGroup {
  const ids = buffers.map((buffer) => {
    let id = cache.bufferIds.get(buffer);
    if (id === undefined) {
      id = cache.nextId++;
      cache.bufferIds.set(buffer, id);
    }
    return id;
  });
  return recall(cache.bindGroups, KEPT_BIND_GROUPS, `${pipelineId}:${ids.join()}`, () =>
    device.createBindGroup({
      layout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
}

/** The entry of `key`, made where it is missing; past `limit` entries the one used longest ago is forgotten. */
function recall<Value>(map: Map<string, Value>, limit: number, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    if (map.size >= limit) map.delete(map.keys().next().value!);
  } else {
    map.delete(key);
  }
  map.set(key, value);
  return value;
}
