import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of test data beside the repository. */
const SHARED = join(import.meta.dirname, '../../../shared');

/** A path below ../shared. @throws Error saying what to do where it is missing: such tests fail, they never skip */
export function sharedPath(name: string): string {
  const path = join(SHARED, name);
  if (existsSync(path)) return path;
  throw new Error(`../shared/${name} is missing: put the shared folder beside the repository (same parent folder).`);
}

/** Bytes of a file below ../shared. */
export function readShared(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(sharedPath(name)));
}

/** A JSON file below ../shared; the caller knows its shape. */
export function readSharedJson<T>(name: string): T {
  return JSON.parse(readFileSync(sharedPath(name), 'utf8')) as T;
}
