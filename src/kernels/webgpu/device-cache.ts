/**
 * What a device need not make twice: pipelines by the program's key, uniform buffers by content, bind groups by (pipeline, buffers).
 * Everything kept belongs to a device and is dropped with it.
 */

/** One storage buffer of a program, in binding order. */
export interface StorageBinding {
  readonly name: string;
  readonly element: 'f32' | 'vec4<f32>' | 'i32' | 'vec4<i32>' | 'u32' | 'atomic<u32>';
  readonly access: 'read' | 'read_write';
}

/** One scalar of the uniform block `params`. */
export interface UniformField {
  readonly name: string;
  readonly type: 'u32' | 'f32';
  readonly value: number;
}

/** A WGSL program. */
export interface Program {
  /** Names everything baked into the source; equal keys mean equal sources, bindings and uniform fields. */
  readonly key: string;
  /** WGSL with an entry point `main`; storage bindings and `params` are declared before it. Called when the key is new. */
  readonly source: () => string;
  readonly storage: readonly StorageBinding[];
  readonly uniforms: readonly UniformField[];
  /** What the source enables; the device must have it. */
  readonly extensions?: readonly 'subgroups'[];
}

/** A compiled program. */
export interface KeptPipeline {
  readonly id: number;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

export interface DeviceCache {
  readonly layouts: Map<string, GPUBindGroupLayout>;
  readonly pipelines: Map<string, KeptPipeline>;
  readonly uniforms: Map<string, GPUBuffer>;
  readonly bindGroups: Map<string, GPUBindGroup>;
  readonly bufferIds: WeakMap<GPUBuffer, number>;
  nextId: number;
}

/** Entries past which the oldest are forgotten: some training steps' worth, so that values that never repeat do not pile up. */
const KEPT_UNIFORMS = 256;
const KEPT_BIND_GROUPS = 2048;
/** Four-byte fields of a uniform block: all blocks are of one size. */
const UNIFORM_FIELDS = 16;

let caches = new WeakMap<GPUDevice, DeviceCache>();

/** Forgets the pipelines and buffers kept for every device; the next dispatch builds what it needs anew. */
export function releaseWebgpuKernelCaches(): void {
  caches = new WeakMap();
}

/** What is kept for a device. */
export function cacheOf(device: GPUDevice): DeviceCache {
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

/** The program's pipeline, compiled when its key is new. */
export function pipelineFor(device: GPUDevice, cache: DeviceCache, program: Program): KeptPipeline {
  const known = cache.pipelines.get(program.key);
  if (known) return known;
  const { layout, descriptor } = pipelineDescriptor(device, cache, program);
  const entry = { id: cache.nextId++, layout, pipeline: device.createComputePipeline(descriptor) };
  cache.pipelines.set(program.key, entry);
  return entry;
}

/** The same without holding up the caller, and not kept where it is new: {@link adoptPipeline} does that. Rejects where the device refuses the program. */
export async function compilePipeline(device: GPUDevice, cache: DeviceCache, program: Program): Promise<KeptPipeline> {
  const known = cache.pipelines.get(program.key);
  if (known) return known;
  const { layout, descriptor } = pipelineDescriptor(device, cache, program);
  return { id: cache.nextId++, layout, pipeline: await device.createComputePipelineAsync(descriptor) };
}

/** Keeps a pipeline for the programs of this key. */
export function adoptPipeline(cache: DeviceCache, key: string, pipeline: KeptPipeline): void {
  if (!cache.pipelines.has(key)) cache.pipelines.set(key, pipeline);
}

function pipelineDescriptor(device: GPUDevice, cache: DeviceCache, program: Program): { layout: GPUBindGroupLayout; descriptor: GPUComputePipelineDescriptor } {
  const declarations = program.storage.map(
    ({ name, element, access }, i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`,
  );
  const fields = program.uniforms.map(({ name, type }) => `${name}: ${type},`);
  const enabled = (program.extensions ?? []).map((extension) => `enable ${extension};`);
  const code = `${enabled.join(' ')}
${declarations.join('\n')}
struct Params { ${fields.join(' ')} }
@group(0) @binding(${program.storage.length}) var<uniform> params: Params;
${program.source()}`;
  const layout = layoutFor(device, cache, program.storage);
  return {
    layout,
    descriptor: {
      label: program.key,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label: program.key, code }), entryPoint: 'main' },
    },
  };
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

/**
 * The block `params`, of one content, so sharing it between dispatches is safe. Past what is kept, the block used longest ago is written anew,
 * through the queue and so after all that was submitted: recorded dispatches that still wait for that are far fewer than blocks are kept.
 * A seed that changes with every step then makes no buffer at any of them.
 */
export function uniformBuffer(device: GPUDevice, cache: DeviceCache, fields: readonly UniformField[]): GPUBuffer {
  if (fields.length > UNIFORM_FIELDS) throw new Error(`${fields.length} uniform fields, and room for ${UNIFORM_FIELDS}`);
  const words = new Uint32Array(fields.length);
  const floats = new Float32Array(words.buffer);
  fields.forEach(({ type, value }, i) => {
    if (type === 'u32') words[i] = value;
    else floats[i] = value;
  });
  return recall(cache.uniforms, KEPT_UNIFORMS, words.join(), (oldest) => {
    const buffer = oldest ?? device.createBuffer({ size: 4 * UNIFORM_FIELDS, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  });
}

/** A bind group of storage buffers in binding order, then the uniform block. */
export function bindGroupFor(
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

/**
 * The entry of `key`, made where it is missing; past `limit` entries the one used longest ago is forgotten.
 * @param make is given what is forgotten for it, if anything
 */
function recall<Value>(map: Map<string, Value>, limit: number, key: string, make: (forgotten: Value | undefined) => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    const [oldest] = map.size >= limit ? map : [];
    if (oldest) map.delete(oldest[0]);
    value = make(oldest?.[1]);
    map.set(key, value);
  } else if (2 * map.size > limit) {
    // Moved to the end, as the one used last; while there is room for twice as many, nobody will ask for that order soon.
    map.delete(key);
    map.set(key, value);
  }
  return value;
}
