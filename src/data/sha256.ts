/**
 * SHA-256 (FIPS 180-4) as lower-case hexadecimal. The platform's where there is one; pages served without TLS from another
 * machine have none, hence the second implementation.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Typed as always there, which it is not in insecure contexts.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  return toHex(subtle ? new Uint8Array(await subtle.digest('SHA-256', inOwnBuffer(bytes))) : digestSha256(bytes));
}

/** More than a part of a stored class has. */
const OWN_BYTES = 4 * 1024 * 1024;
let own: Uint8Array<ArrayBuffer> | null = null;

/**
 * A copy that the platform reads before it returns, always in the same place: Chromium holds on to every buffer that it was given until
 * garbage is collected, so that `freeBytes` could not free it any more.
 */
function inOwnBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length > OWN_BYTES) return bytes as Uint8Array<ArrayBuffer>;
  own ??= new Uint8Array(OWN_BYTES);
  own.set(bytes);
  return own.subarray(0, bytes.length);
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The first 32 bits of the fractional parts of the roots of the first primes: square roots start the state, cube roots are the constants. */
function primeRoots(count: number, root: (prime: number) => number): Int32Array {
  const values: number[] = [];
  for (let n = 2; values.length < count; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (isPrime) values.push((root(n) % 1) * 2 ** 32);
  }
  return Int32Array.from(values, (value) => value | 0);
}

const INITIAL = primeRoots(8, Math.sqrt);
const ROUND = primeRoots(64, Math.cbrt);

/** The digest in plain JavaScript. */
export function digestSha256(bytes: Uint8Array): Uint8Array {
  const state = Int32Array.from(INITIAL);
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  for (let at = 0; at < whole; at += 64) compress(state, schedule, bytes, at);
  const tail = new Uint8Array(bytes.length - whole + 9 > 64 ? 128 : 64);
  tail.set(bytes.subarray(whole));
  tail[bytes.length - whole] = 0x80;
  new DataView(tail.buffer).setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < tail.length; at += 64) compress(state, schedule, tail, at);
  const digest = new Uint8Array(32);
  state.forEach((word, i) => new DataView(digest.buffer).setInt32(i * 4, word));
  return digest;
}

function compress(state: Int32Array, w: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const p = at + i * 4;
    w[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));
