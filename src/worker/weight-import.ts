/** Weights that come in as files. */
import type { Session } from '../session/session.ts';

/** Takes in a run that was exported from a lab. @returns what was done, for the person */
export async function importRunFile(session: Session, file: File): Promise<string> {
  const record = await session.adoptFile(new Uint8Array(await file.arrayBuffer()), file.name);
  return `${file.name}: a run with ${record.finishedTasks} of ${record.tasks.length} tasks finished. Continue it, or branch from it.`;
}
