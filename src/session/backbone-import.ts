/** Pretrained weights as the starting backbone: torchvision's AlexNet, or whatever was exported from a lab. */
import { MODEL_LABELS, type ModelId } from '../core/config.ts';
import type { WeightImport } from '../core/protocol.ts';
import { sha256 } from '../data/sha256.ts';
import type { WeightFile } from '../formats/weight-file.ts';
import { chosenModel, findBackbone } from './fitting-model.ts';
import type { WeightDesk } from './weight-desk.ts';

/** Convolutions trained on top of pretrained weights, counted from the last: the seed's default. */
const SEED_TRAINABLE = 2;

/**
 * Stores the backbone of a file; the settings that come back make the next run start from it.
 * @throws LabError as `findBackbone`; 'storage-full'
 */
export async function importBackbone({ session, config, date }: WeightDesk, file: WeightFile, bytes: Uint8Array, fileName: string): Promise<WeightImport> {
  const { models, weights, head } = findBackbone(file, config.model, fileName);
  const id = await sha256(bytes);
  const model = chosenModel(models, config.model);
  const values = [...weights.values()].reduce((sum, tensor) => sum + tensor.values.length, 0);
  await session.weights.save({ id, name: fileName, models, sizeBytes: values * Float32Array.BYTES_PER_ELEMENT, importedAt: date() }, weights);
  const parts = [`${fileName}: ${values.toLocaleString('en')} weights for ${listed(models)}. The next run starts from them.`];
  const classes = head[0]?.shape[0];
  if (classes !== undefined) parts.push(`Their own head of ${classes} classes is set aside: each task gets a head of its own.`);
  if (!model.startsWith('alexnet')) return { said: parts.join(' '), settings: { initialWeights: id, model } };
  parts.push(`As in the seed, their last ${SEED_TRAINABLE} convolutions are trained and the others stay as they are; “Trainable conv layers” changes that.`);
  return { said: parts.join(' '), settings: { initialWeights: id, model, trainableConvLayers: SEED_TRAINABLE } };
}

function listed(models: readonly ModelId[]): string {
  return models.map((id) => MODEL_LABELS[id]).join(' or ');
}
