/**
 * Labels from folders: one sub-folder a class, in a zip or dropped on the page, with or without `train/` and `val/` above.
 *
 * Without them some images of each class, in the order of their names, are held out for testing (`isHeldOut`).
 */
import type { Fault } from './image-source.ts';
import { isHeldOut, type Labelled, type Labels, type PathItem } from './labels.ts';
import { isImageName, sift } from './paths.ts';

/** Sorts files into classes and splits by their paths alone; null where no image lies in a folder. */
export function labelByFolders<T extends PathItem>(items: readonly T[]): Labels<T> | null {
  const sifted = sift(items);
  const faults: Fault[] = [...sifted.faults];
  let { ignored } = sifted;
  const images: { item: T; steps: string[] }[] = [];
  for (const item of sifted.items) {
    if (isImageName(item.path)) images.push({ item, steps: item.path.split('/').filter((step) => step !== '' && step !== '.') });
    else ignored++;
  }

  // Take off folders around everything as long as most images have a class folder below: one that lies beside them is a stray.
  let root: string | null = null;
  let depth = 0;
  for (;;) {
    const first = images[0]?.steps[depth];
    const isAround = first !== undefined && images.every(({ steps }) => steps.length > depth + 1 && steps[depth] === first);
    if (!isAround || images.filter(({ steps }) => steps.length > depth + 2).length * 2 <= images.length) break;
    root = first;
    depth++;
  }
  const inFolders = images.filter(({ item, steps }) => {
    if (steps.length > depth + 1) return true;
    faults.push({ name: item.name, reason: 'it is in no class folder' });
    return false;
  });

  const tops = new Map(inFolders.map(({ steps }) => [steps[depth]!, splitFolder(steps[depth]!)]));
  const hasSplits = [...tops.values()].includes('train') && [...tops.values()].every((kind) => kind !== null);
  const finish = (labelled: readonly Labelled<T>[]): Labels<T> | null => {
    if (labelled.length === 0) return null;
    const ids = [...new Set(labelled.map((image) => image.classId))].sort();
    const name = root ?? 'Folder of images';
    return { kind: 'folder', slug: name, name, classes: ids.map((id) => ({ id, name: id.replaceAll('_', ' ') })), labelled, ignored, faults };
  };
  if (!hasSplits) return finish(splitEverySixth(inFolders, depth));

  // With val/ and test/ both there, val/ is what is measured on, as for Tiny-ImageNet.
  const measured = [...tops.values()].includes('val') ? 'val' : 'test';
  const labelled: Labelled<T>[] = [];
  for (const { item, steps } of inFolders) {
    const kind = tops.get(steps[depth]!);
    if (kind !== 'train' && kind !== measured) ignored++;
    else if (steps.length < depth + 3) faults.push({ name: item.name, reason: 'it is in no class folder' });
    else {
      labelled.push({ item, classId: steps[depth + 1]!, split: kind === 'train' ? 'train' : 'test', imageName: steps.slice(depth + 2).join('/') });
    }
  }
  return finish(labelled);
}

function splitFolder(name: string): 'train' | 'val' | 'test' | null {
  if (/^(train|training)$/i.test(name)) return 'train';
  if (/^(val|valid|validation)$/i.test(name)) return 'val';
  return /^(test|testing)$/i.test(name) ? 'test' : null;
}

function splitEverySixth<T>(images: readonly { item: T; steps: string[] }[], depth: number): Labelled<T>[] {
  const byClass = new Map<string, { item: T; imageName: string }[]>();
  for (const { item, steps } of images) {
    const classId = steps[depth]!;
    const list = byClass.get(classId) ?? [];
    list.push({ item, imageName: steps.slice(depth + 1).join('/') });
    byClass.set(classId, list);
  }
  return [...byClass].flatMap(([classId, list]) => {
    list.sort((a, b) => (a.imageName < b.imageName ? -1 : a.imageName > b.imageName ? 1 : 0));
    return list.map((image, k): Labelled<T> => ({ ...image, classId, split: isHeldOut(k, list.length) ? 'test' : 'train' }));
  });
}
