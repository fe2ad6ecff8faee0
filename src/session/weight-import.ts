/** Weights that come in as files. */
import type { ByteSource } from '../data/types.ts';
import type { Session } from './session.ts';

/** Takes in a run that was exported from a lab. @returns what was done, for the person */
export async function importWeights(session: Session, source: ByteSource): Promise<string> {
  const record = await session.adoptFile(await source.slice(0, source.size), source.name);
  return `${source.name}: a run with ${record.finishedTasks} of ${record.tasks.length} tasks finished. Continue it, or branch from it.`;
}
