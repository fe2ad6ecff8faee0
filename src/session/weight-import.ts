/** Files of weights that come in. What a file is, its content tells; everything is checked before anything changes. */
import type { WeightImport } from '../core/protocol.ts';
import type { ByteSource } from '../data/types.ts';
import { splitModel } from '../formats/full-model.ts';
import { refusal } from '../formats/refuse.ts';
import { holdsRegParams } from '../formats/reg-params-read.ts';
import { isRunMetadata } from '../formats/run-file.ts';
import { stateDictOf } from '../formats/state-dict.ts';
import { readWeightFile } from '../formats/weight-file.ts';
import { importBackbone } from './backbone-import.ts';
import { configIn } from './config-file.ts';
import { importHead } from './head-import.ts';
import { importImportances } from './importance-import.ts';
import { arrivedRun } from './run-transfer.ts';
import { importTree } from './tree-import.ts';
import { findTree } from './tree-zip.ts';
import type { WeightDesk } from './weight-desk.ts';

/** What one ArrayBuffer holds in every browser. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/**
 * Takes in a run file, the seed's tree as a zip, a backbone, importances, a head, or a config.
 * @throws LabError of `formats/` where the file is none of these or damaged; 'run-state' where it needs a run that is not there
 */
export async function importWeights(desk: WeightDesk, source: ByteSource): Promise<WeightImport> {
  const { session } = desk;
  const tree = await findTree(source);
  if (tree) return importTree(desk, source, tree);
  if (source.size > MAX_FILE_BYTES) throw refusal('TOO_LARGE', source.name, `${source.size} bytes, at most ${MAX_FILE_BYTES} can be read`);
  const bytes = await source.slice(0, source.size);
  const config = configIn(bytes);
  if (config) return { said: `${source.name}: the settings are those of the file.`, settings: config };
  const file = readWeightFile(bytes, source.name);
  if (isRunMetadata(file.metadata)) return importRun(desk, bytes, source.name);
  if (holdsRegParams(file)) return importImportances(session, file, source.name);
  if (splitModel(stateDictOf(file, source.name)).shared.length === 0) return importHead(desk, file, source.name);
  return importBackbone(desk, file, bytes, source.name);
}

async function importRun({ session, newId }: WeightDesk, bytes: Uint8Array, fileName: string): Promise<WeightImport> {
  const { record, checkpoint } = arrivedRun(bytes, fileName, newId());
  await session.takeIn(record, checkpoint);
  const next = record.finishedTasks < record.tasks.length ? 'Continue it, or branch from it.' : 'Look at it, or branch from it.';
  return { said: `${fileName}: a run with ${record.finishedTasks} of ${record.tasks.length} tasks finished. ${next}`, settings: {} };
}
