import { join } from 'node:path';
import { requireShared } from '../../scripts/setup/shared.mjs';
import { ROOT } from '../../scripts/setup/command.mjs';

/** A path below ../shared. @throws SetupFault where it is missing */
export function sharedFile(name: string): string {
  requireShared();
  return join(ROOT, '..', 'shared', name);
}
