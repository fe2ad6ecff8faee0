// @ts-check
/**
 * Checks that imports in src/ point inward, as the table below says (src/README.md draws it). It reads every file with
 * the bundler's parser: imports, re-exports, `import()`, `import('…')` types and `new URL('…', import.meta.url)`.
 * It fails where it finds no files, a folder the table lacks, or an import the table does not allow.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from 'vite';
import { ROOT } from './setup/command.mjs';
import { runMain } from './setup/fault.mjs';

const TFJS = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'];
const PARSERS = ['@zip.js/zip.js', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer'];

/**
 * Per folder: the folders and packages it may import, and those of which it may import types alone.
 * @type {Record<string, { folders: string[], packages: string[], types?: string[], node?: true }>}
 */
export const ARROWS = {
  core: { folders: [], packages: [] },
  formats: { folders: ['core'], packages: PARSERS },
  kernels: { folders: ['core'], packages: TFJS },
  engine: { folders: ['core', 'kernels'], packages: TFJS },
  data: { folders: ['core', 'formats'], packages: PARSERS },
  session: { folders: ['core', 'engine', 'data', 'formats'], packages: [] },
  platform: { folders: ['core', 'kernels'], types: ['data'], packages: TFJS },
  'platform/browser': { folders: ['core', 'kernels', 'platform'], types: ['data'], packages: [...TFJS, 'idb-keyval'] },
  'platform/node': { folders: ['core', 'kernels', 'platform'], types: ['data'], packages: [...TFJS, 'sharp', 'webgpu'], node: true },
  worker: { folders: ['session', 'platform/browser', 'core'], packages: ['comlink'] },
  cli: { folders: ['session', 'platform/node', 'core'], packages: [], node: true },
  app: { folders: ['core'], types: ['worker'], packages: ['react', 'react-dom', 'recharts', 'zustand', 'comlink'] },
};

/**
 * @param {string} src folder that holds core/, formats/ …
 * @returns {{ files: number, violations: string[] }} each violation as "file: what it imports and why it may not"
 */
export function checkArrows(src) {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => ['.ts', '.tsx', '.mts'].includes(extname(name)) && !name.endsWith('.d.ts'))
    .filter((name) => !name.split(sep).includes('assembly'))
    .sort();
  const violations = files.flatMap((name) => {
    const from = folderOf(name);
    const rule = ARROWS[from];
    if (!rule) return [`${name}: no folder of the table`];
    const path = join(src, name);
    return importsOf(path, readFileSync(path, 'utf8')).flatMap((entry) => {
      const reason = refusal(src, path, from, rule, entry);
      return reason ? [`${name}: ${reason}`] : [];
    });
  });
  return { files: files.length, violations };
}

/** @param {string} name path below src @returns {string} its folder in the table */
function folderOf(name) {
  const [first = '', second = ''] = name.split(sep);
  const nested = `${first}/${second}`;
  return nested in ARROWS ? nested : first;
}

/**
 * @param {string} src
 * @param {string} path
 * @param {string} from
 * @param {(typeof ARROWS)[string]} rule
 * @param {{ specifier: string, typeOnly: boolean }} entry
 * @returns {string | null} why this import is not allowed
 */
function refusal(src, path, from, rule, { specifier, typeOnly }) {
  if (specifier.startsWith('.')) {
    const target = relative(src, resolve(dirname(path), specifier));
    if (target.startsWith('..')) return `imports ${specifier}, outside src`;
    const to = folderOf(target);
    if (to === from || rule.folders.includes(to)) return null;
    if (rule.types?.includes(to)) return typeOnly ? null : `imports ${specifier}: from ${to}, ${from} may import types only`;
    return `imports ${specifier}: ${from} may not import ${to}`;
  }
  if (specifier.startsWith('node:')) return rule.node ? null : `imports ${specifier}: ${from} may not import from Node`;
  const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/').replace(/\?.*$/, '');
  return rule.packages.includes(name) ? null : `imports ${specifier}: ${from} may not import this package`;
}

/**
 * @param {string} path
 * @param {string} source
 * @returns {{ specifier: string, typeOnly: boolean }[]}
 */
function importsOf(path, source) {
  const { program, module, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const found = module.staticImports.map((entry) => ({
    specifier: entry.moduleRequest.value,
    typeOnly: entry.entries.length > 0 && entry.entries.every((name) => name.isType),
  }));
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) found.push({ specifier: entry.moduleRequest.value, typeOnly: entry.isType });
    }
  }
  collectDynamic(program, found);
  return found;
}

/**
 * Adds what is imported in the middle of code.
 * @param {unknown} node of the syntax tree
 * @param {{ specifier: string, typeOnly: boolean }[]} found
 */
function collectDynamic(node, found) {
  if (Array.isArray(node)) {
    for (const child of node) collectDynamic(child, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { type, source, callee, arguments: args } = /** @type {Record<string, any>} */ (node);
  if (type === 'ImportExpression') {
    // A computed address cannot be checked, so it is a violation by itself.
    found.push({ specifier: source.type === 'Literal' ? source.value : '(a computed address)', typeOnly: false });
  } else if (type === 'TSImportType') {
    found.push({ specifier: source.value, typeOnly: true });
  } else if (type === 'NewExpression' && callee?.name === 'URL' && args[1]?.type === 'MemberExpression' && args[1].object?.type === 'MetaProperty') {
    // Workers are addressed so. Starting one is not importing its code, hence a type-only dependency; wasm files are no modules.
    if (args[0]?.type === 'Literal' && /\.[mc]?[jt]sx?$/.test(args[0].value)) found.push({ specifier: args[0].value, typeOnly: true });
  }
  for (const child of Object.values(node)) collectDynamic(child, found);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    const { files, violations } = checkArrows(join(ROOT, 'src'));
    for (const violation of violations) console.error(violation);
    if (files === 0) throw new Error('check-arrows read no files');
    if (violations.length > 0) process.exitCode = 1;
    console.log(`Import arrows: ${files} files, ${violations.length} violations`);
  });
}
