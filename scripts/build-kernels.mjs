// @ts-check
/**
 * Compiles the wasm kernels (`src/kernels/wasm/assembly/`, AssemblyScript) into `src/kernels/wasm/generated/lab-kernels.ts`: four builds,
 * with and without fused multiply-add (relaxed SIMD) for each kind of memory (a thread's own, or shared).
 * Does nothing where the sources, this script and the compiler are those of the last build.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCES = join(ROOT, 'src', 'kernels', 'wasm', 'assembly');
const OUTPUT = join(ROOT, 'src', 'kernels', 'wasm', 'generated', 'lab-kernels.ts');

/** TensorFlow.js's threaded binary makes its memory with this maximum: 4 GiB, in pages of 64 KiB. */
const SHARED_PAGES = 65536;
const BASE = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', '0', '--enable', 'simd'];
// Vectors are passed between the module's own functions only, which is what the warning is not about.
const QUIET = ['--disableWarning', '112'];
const RELAXED = ['--enable', 'relaxed-simd'];
const SHARED = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', String(SHARED_PAGES)];

/** @type {Record<string, string[]>} */
const BUILDS = {
  plain: [...BASE, ...QUIET],
  relaxed: [...BASE, ...QUIET, ...RELAXED],
  plainShared: [...BASE, ...QUIET, ...SHARED],
  relaxedShared: [...BASE, ...QUIET, ...RELAXED, ...SHARED],
};

const fingerprint = hashSources();
if (!existsSync(OUTPUT) || !readFileSync(OUTPUT, 'utf8').startsWith(header(fingerprint))) {
  /** @type {string[]} */
  const entries = [];
  for (const [name, flags] of Object.entries(BUILDS)) {
    entries.push(`  ${name}: '${Buffer.from(await compile(flags)).toString('base64')}',`);
  }
  mkdirSync(dirname(OUTPUT), { recursive: true });
  const text = `${header(fingerprint)}\n/** The kernels' WebAssembly modules, base64. */\nexport const LAB_KERNEL_BINARIES = {\n${entries.join('\n')}\n} as const;\n`;
  // Whole or not at all: another process may be reading.
  writeFileSync(`${OUTPUT}.${process.pid}`, text);
  renameSync(`${OUTPUT}.${process.pid}`, OUTPUT);
}

/** @param {string} hash */
function header(hash) {
  return `// Written by scripts/build-kernels.mjs from src/kernels/wasm/assembly/ (${hash}).`;
}

function hashSources() {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
  hash.update(version).update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string[]} flags
 * @returns {Promise<Uint8Array>} the module
 */
async function compile(flags) {
  const { main } = await import('assemblyscript/asc');
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await main(['index.ts', '--baseDir', SOURCES, '--outFile', 'lab-kernels.wasm', ...flags], {
    readFile: (name, base) => readIfThere(join(base, name)),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: (folder, base) => readdirSync(join(base, folder)).filter((name) => name.endsWith('.ts')),
  });
  const report = stderr.toString();
  if (error || !binary || report) throw new Error(`The wasm kernels do not compile (${flags.join(' ')}):\n${report}`, { cause: error });
  return binary;
}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
