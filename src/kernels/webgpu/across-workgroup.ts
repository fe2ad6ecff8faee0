/**
 * Reductions over all threads of a workgroup, each thread getting the result: WGSL of `fn sumAcross(thread: u32, value: f32) -> f32` and
 * `fn largestAcross(…)`. To be called by all threads together.
 *
 * 'tree' halves an array in workgroup memory, a barrier a level. 'subgroups' adds up within the groups of threads that the hardware runs
 * together, at one barrier: the first of each group leaves the group's sum in workgroup memory, and every group adds up what is there.
 * Nothing is assumed of a group's size, nor of which threads it holds (WGSL relates them to `local_invocation_index` nowhere), nor that
 * it is full: lanes are counted and numbered by adding ones.
 * Either has one order for a given device, so that a run repeats itself bit by bit; the two differ from one another by rounding.
 */

export type Across = 'tree' | 'subgroups';

/** What a program that uses {@link acrossWorkgroup} must enable. */
export function extensionsOf(across: Across): readonly 'subgroups'[] {
  return across === 'subgroups' ? ['subgroups'] : [];
}

/** @param threads of the workgroup; a power of two */
export function acrossWorkgroup(across: Across, threads: number, reductions: readonly ('sum' | 'largest')[]): string {
  const written = across === 'tree' ? tree : subgroups;
  return [`var<workgroup> across: array<f32, ${threads}>;`, ...reductions.map((reduction) => written(threads, reduction))].join('\n');
}

const NAMES = { sum: 'sumAcross', largest: 'largestAcross' } as const;

function tree(threads: number, reduction: 'sum' | 'largest'): string {
  const joined = reduction === 'sum' ? 'across[thread] + across[thread + half]' : 'max(across[thread], across[thread + half])';
  return `
fn ${NAMES[reduction]}(thread: u32, value: f32) -> f32 {
  across[thread] = value;
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { across[thread] = ${joined}; }
  }
  workgroupBarrier();
  let result = across[0];
  workgroupBarrier();
  return result;
}`;
}

function subgroups(threads: number, reduction: 'sum' | 'largest'): string {
  const [reduce, left, join] =
    reduction === 'sum'
      ? ['subgroupAdd', 'select(0.0, group, subgroupElect())', 'result + across[at]']
      : ['subgroupMax', 'group', 'max(result, across[at])'];
  const start = reduction === 'sum' ? '0.0' : 'group';
  return `
fn ${NAMES[reduction]}(thread: u32, value: f32) -> f32 {
  let group = ${reduce}(value);
  across[thread] = ${left};
  let lanes = subgroupAdd(1u);
  let lane = subgroupExclusiveAdd(1u);
  workgroupBarrier();
  var result = ${start};
  for (var first = 0u; first < ${threads}u; first += lanes) {
    let at = first + lane;
    if (at < ${threads}u) { result = ${join}; }
  }
  result = ${reduce}(result);
  workgroupBarrier();
  return result;
}`;
}
