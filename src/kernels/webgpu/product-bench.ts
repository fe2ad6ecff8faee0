/** Runs one product under any plan on scratch buffers, on a queue that waits: its time, and a digest of its results. */
import { cacheOf, compilePipeline, pipelineFor, uniformBuffer, type KeptPipeline, type Program } from './device-cache.ts';
import type { GemmProduct } from './gemm-product.ts';
import type { GemmPlan } from './gemm-plan.ts';
import { foldedWorkgroups } from './program.ts';

/** Scratch that a measurement may take beside what a run holds. */
const MOST_BYTES = 512 * 2 ** 20;

interface Scratch {
  readonly buffer: GPUBuffer;
  readonly floats: number;
  readonly written: boolean;
}

/** Whether a product's buffers are few and small enough to measure it. */
export function fitsScratch(product: GemmProduct): boolean {
  const sizes = product.sizes();
  const written = product.storage.flatMap(({ access }, i) => (access === 'read_write' ? [sizes[i]!] : []));
  const read = new Set(product.storage.flatMap(({ access }, i) => (access === 'read' ? [sizes[i]!] : [])));
  return 4 * [...written, ...read].reduce((sum, size) => sum + size, 0) <= MOST_BYTES;
}

export class ProductBench {
  private readonly device: GPUDevice;
  private readonly product: GemmProduct;
  /** One a binding; arrays of one size that are only read share a buffer. */
  private readonly scratch: readonly Scratch[];
  private readonly sums: GPUBuffer;
  private readonly readable: GPUBuffer;
  private readonly pipelines = new Map<GemmPlan, KeptPipeline>();

  private constructor(device: GPUDevice, product: GemmProduct) {
    this.device = device;
    this.product = product;
    const shared = new Map<number, Scratch>();
    this.scratch = product.storage.map(({ access }, i) => {
      const floats = product.sizes()[i]!;
      const known = access === 'read' ? shared.get(floats) : undefined;
      if (known) return known;
      const buffer = device.createBuffer({ size: Math.ceil(floats / 4) * 16, usage: GPUBufferUsage.STORAGE });
      const made = { buffer, floats, written: access === 'read_write' };
      if (!made.written) shared.set(floats, made);
      return made;
    });
    this.sums = device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    this.readable = device.createBuffer({ size: 8, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** @throws Error where the device has not the memory; what it made is freed */
  static async open(device: GPUDevice, product: GemmProduct): Promise<ProductBench> {
    let bench: ProductBench | null = null;
    try {
      return await checked(device, () => {
        bench = new ProductBench(device, product);
        bench.fill(false);
        return bench;
      });
    } catch (error) {
      (bench as ProductBench | null)?.close();
      throw error;
    }
  }

  /** Compiles a plan's program. @returns false where the device refuses it */
  async prepare(plan: GemmPlan): Promise<boolean> {
    this.device.pushErrorScope('validation');
    const compiling = compilePipeline(this.device, cacheOf(this.device), this.product.program(plan));
    // What is wrong with the source, the compiler says again.
    void this.device.popErrorScope().catch(() => undefined);
    try {
      this.pipelines.set(plan, await compiling);
      return true;
    } catch (error) {
      // Whatever else is wrong with the device shows when the next work is asked of it.
      if (error instanceof Error) return false;
      throw error;
    }
  }

  /** The compiled program of a plan that was prepared. */
  pipeline(plan: GemmPlan): KeptPipeline {
    const kept = this.pipelines.get(plan);
    if (!kept) throw new Error('a plan that was not prepared');
    return kept;
  }

  /** Two sums over all bits that the plan's program leaves in its results: equal results, and no others but by a chance of 2⁻⁶⁴, have equal ones. */
  async digest(plan: GemmPlan): Promise<string> {
    await checked(this.device, () => {
      this.fill(true);
      this.device.queue.writeBuffer(this.sums, 0, new Uint32Array(2));
      this.submit((encoder) => {
        const pass = encoder.beginComputePass();
        this.dispatch(pass, plan, 1);
        pass.end();
        for (const [at, { buffer, floats, written }] of this.scratch.entries()) {
          if (!written) continue;
          const digesting = encoder.beginComputePass();
          this.run(digesting, digestProgram(floats, at), [buffer, this.sums], [256, 1, 1]);
          digesting.end();
        }
        encoder.copyBufferToBuffer(this.sums, 0, this.readable, 0, 8);
      });
    });
    await this.readable.mapAsync(GPUMapMode.READ);
    const digest = new Uint32Array(this.readable.getMappedRange()).join();
    this.readable.unmap();
    return digest;
  }

  /** Runs the program `times` times in one submission, and waits for it. */
  async repeat(plan: GemmPlan, times: number): Promise<void> {
    this.submit((encoder) => {
      const pass = encoder.beginComputePass();
      this.dispatch(pass, plan, times);
      pass.end();
    });
    await this.device.queue.onSubmittedWorkDone();
  }

  close(): void {
    for (const { buffer } of this.scratch) buffer.destroy();
    this.sums.destroy();
    this.readable.destroy();
  }

  /** Fresh numbers, the same each time: in [−1, 1) for what a product reads, in [0, 1) for what it writes or changes. */
  private fill(writtenOnly: boolean): void {
    this.submit((encoder) => {
      const pass = encoder.beginComputePass();
      this.scratch.forEach(({ buffer, floats, written }, at) => {
        if (written || !writtenOnly) this.run(pass, fillProgram(floats, at, written ? 0 : -1), [buffer], foldedWorkgroups(floats, 256));
      });
      pass.end();
    });
  }

  private submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.device.createCommandEncoder();
    encode(encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  private dispatch(pass: GPUComputePassEncoder, plan: GemmPlan, times: number): void {
    const { workgroups, uniforms } = this.product.program(plan);
    const kept = this.pipeline(plan);
    const uniform = uniformBuffer(this.device, cacheOf(this.device), uniforms);
    pass.setPipeline(kept.pipeline);
    pass.setBindGroup(0, this.bindGroup(kept, [...this.scratch.map(({ buffer }) => buffer), uniform]));
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(...workgroups);
  }

  private run(pass: GPUComputePassEncoder, program: Program, buffers: readonly GPUBuffer[], workgroups: readonly [number, number, number]): void {
    const cache = cacheOf(this.device);
    const kept = pipelineFor(this.device, cache, program);
    pass.setPipeline(kept.pipeline);
    pass.setBindGroup(0, this.bindGroup(kept, [...buffers, uniformBuffer(this.device, cache, program.uniforms)]));
    pass.dispatchWorkgroups(...workgroups);
  }

  /** Not kept: its buffers will not be seen again. */
  private bindGroup({ layout }: KeptPipeline, buffers: readonly GPUBuffer[]): GPUBindGroup {
    return this.device.createBindGroup({ layout, entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })) });
  }
}

/** Runs `work`, whose errors WebGPU tells later. @throws Error for a want of memory or a refused command */
async function checked<Result>(device: GPUDevice, work: () => Result): Promise<Result> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let result: Result;
  let told: Promise<(GPUError | null)[]>;
  try {
    result = work();
  } finally {
    told = Promise.all([device.popErrorScope(), device.popErrorScope()]);
  }
  const error = (await told).find((one) => one !== null);
  if (error) throw new Error(error.message);
  return result;
}

/** A hash, and the head of a program that begins with it. */
const HASH_AND_HEAD = `
fn mixed(value: u32) -> u32 {
  var h = value;
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  return h ^ (h >> 16u);
}
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {`;

/** values[i] = a number from `lowest` to 1, by the hash of i and `seed`. */
function fillProgram(count: number, seed: number, lowest: number): Program {
  return {
    key: 'scratch fill',
    source: () => `${HASH_AND_HEAD}
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i >= params.count) { return; }
  let unit = f32(mixed(i * 16u + params.seed) >> 8u) / 16777216.0;
  values[i] = params.lowest + unit * (1.0 - params.lowest);
}`,
    storage: [{ name: 'values', element: 'f32', access: 'read_write' }],
    uniforms: [
      { name: 'count', type: 'u32', value: count },
      { name: 'seed', type: 'u32', value: seed },
      { name: 'lowest', type: 'f32', value: lowest },
    ],
  };
}

/** Adds two hashes of every (place, bits) to `sums`, modulo 2³²: integers, so that their order does not matter. 256 workgroups stride over it. */
function digestProgram(count: number, seed: number): Program {
  return {
    key: 'scratch digest',
    source: () => `${HASH_AND_HEAD}
  var first = 0u;
  var second = 0u;
  for (var i = group.x * 256u + thread; i < params.count; i += groups.x * 256u) {
    let hash = mixed(values[i] ^ mixed(i * 16u + params.seed));
    first += hash;
    second += mixed(hash + 0x9e3779b9u);
  }
  atomicAdd(&sums[0], first);
  atomicAdd(&sums[1], second);
}`,
    storage: [
      { name: 'values', element: 'u32', access: 'read' },
      { name: 'sums', element: 'atomic<u32>', access: 'read_write' },
    ],
    uniforms: [
      { name: 'count', type: 'u32', value: count },
      { name: 'seed', type: 'u32', value: seed },
    ],
  };
}
