/**
 * Seeded randomness. Every draw of a run comes from a stream named by what it is for, so that a run is a pure
 * function of (config, seed, data) and a resumed run needs no generator state beyond its position.
 */

/** Uniform and derived draws from one stream. Draws advance the stream. */
export interface Random {
  /** Next 32 random bits, as an unsigned integer. */
  bits(): number;
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
}

/** The 32-bit finaliser of MurmurHash3: every input bit reaches every output bit. */
export function mix32(value: number): number {
  let h = value >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Hashes a seed and any number of labels (purpose, task, epoch, step …) to the 32-bit seed of a stream. */
export function deriveSeed(seed: number, ...labels: readonly (string | number)[]): number {
  let h = mix32((seed >>> 0) ^ 0x9e3779b9);
  for (const label of labels) {
    if (typeof label === 'number') {
      h = mix32(Math.imul(h, 31) + (label >>> 0) + 1);
    } else {
      for (let i = 0; i < label.length; i++) h = mix32(Math.imul(h, 31) + label.charCodeAt(i));
      h = mix32(h ^ 0x5bd1e995);
    }
  }
  return h;
}

/** The stream for a seed and labels: sfc32 (Doty-Humphrey), 128 bits of state, seeded by {@link deriveSeed}. */
export function createRandom(seed: number, ...labels: readonly (string | number)[]): Random {
  const base = deriveSeed(seed, ...labels);
  let a = mix32(base ^ 0x243f6a88);
  let b = mix32(base ^ 0x85a308d3);
  let c = mix32(base ^ 0x13198a2e);
  let counter = 1;
  const bits = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  const uniform = (): number => bits() / 0x100000000;
  return {
    bits,
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    below: (bound) => Math.floor(uniform() * bound),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}

/** A random order of 0 … count − 1 (Fisher-Yates). */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
