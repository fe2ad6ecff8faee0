/** The shared reference and data folders, which lie beside the repository. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SHARED = new URL('../../../shared/', import.meta.url);

/** A file of `../shared`. @throws where it is missing: such tests fail, they are never skipped */
export function sharedFile(path: string): Uint8Array<ArrayBuffer> {
  const url = new URL(path, SHARED);
  try {
    return new Uint8Array(readFileSync(url));
  } catch (error) {
    throw new Error(`This test needs ${fileURLToPath(url)}: put the shared folder beside the repository.`, { cause: error });
  }
}

export function sharedJson(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(sharedFile(path)));
}

/** Names of the files in a folder of `../shared`. */
export function sharedFolder(path: string): string[] {
  return readdirSync(new URL(path, SHARED));
}
