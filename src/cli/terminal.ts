/** What every command does alike: its backend, its errors, files it writes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError, toErrorData } from '../core/errors.ts';

export type NodeBackendName = 'wasm' | 'webgpu' | 'cpu';

/** @throws LabError 'config-unknown' */
export function backendOf(name: string): NodeBackendName {
  if (name === 'wasm' || name === 'webgpu' || name === 'cpu') return name;
  throw new LabError('config-unknown', `--backend is “${name}”, which is not one of: wasm, webgpu, cpu.`, 'Give one of: wasm, webgpu, cpu.');
}

/** Writes text, with the folders on the way to it. */
export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Runs a command; what ends it early is one plain message and what to do, and the exit status 1. */
export async function runCommand(main: (argv: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const { message, hint, code } = toErrorData(error);
    process.stderr.write(`\n${message}\n${hint}\n`);
    // Of our own mistakes the developer wants the place.
    if (code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  }
}
