import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { ByteSource } from '../../src/formats/byte-source.ts';

/** An empty folder that is gone when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-interop-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a file's chunks one by one. Returns its path. */
export async function writeSource(folder: string, path: string, source: ByteSource): Promise<string> {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, '');
  for await (const chunk of source.chunks()) writeFileSync(full, chunk, { flag: 'a' });
  return full;
}
