// @ts-check
/** Loaded before a script (`node --import`), makes the pickle interpreter use `recording-globals.ts`. */
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Node loads this file once more, on the thread that resolves imports.
if (isMainThread) register(import.meta.url);

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const fromInterpreter = context.parentURL?.split('?')[0]?.endsWith('/formats/pickle/interpret.ts') ?? false;
  return next(fromInterpreter && specifier === './globals.ts' ? new URL('recording-globals.ts', import.meta.url).href : specifier, context);
}
