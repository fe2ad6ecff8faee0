// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './command.mjs';
import { SetupFault } from './fault.mjs';

const PARTS = ['data/tiny-imagenet-mini.zip', 'data/corrupt/expect.json', 'reference/tolerances.json', 'reference/formats/expect.json'];

/** @throws SetupFault where the test data beside the repository are missing */
export function requireShared(folder = join(ROOT, '..', 'shared')) {
  const missing = PARTS.filter((part) => !existsSync(join(folder, part)));
  if (missing.length === 0) return;
  throw new SetupFault(
    `The tests read real images and PyTorch’s numbers from ../shared, where these are missing: ${missing.join(', ')}.`,
    'Put the shared folder beside the repository (same parent folder) and run the command again.',
  );
}
