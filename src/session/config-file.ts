/** `config.json`, as the lab writes it and takes it back. */
import type { RunConfig } from '../core/config.ts';
import { readConfig } from '../core/config-text.ts';

const MAX_BYTES = 1024 * 1024;

/** The settings in a file; null for one that is no config. @throws LabError 'config-range', 'config-unknown' for one that is wrong */
export function configIn(bytes: Uint8Array): RunConfig | null {
  if (bytes.length > MAX_BYTES || !/^\s*\{\s*"/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return null;
  const json = parsed(bytes);
  return typeof json === 'object' && json !== null && 'model' in json && 'method' in json ? readConfig(json) : null;
}

/** The settings in a file that is called a config. @throws LabError also for one that is none */
export function configFrom(bytes: Uint8Array): RunConfig {
  return readConfig(parsed(bytes));
}

/** Undefined for text that is no JSON. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
