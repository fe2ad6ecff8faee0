/**
 * Labels of Tiny-ImageNet in its original layout, or any subset of it: `wnids.txt`, `words.txt`, `train/<wnid>/images/*`, `val/images/*`
 * with `val/val_annotations.txt`. Validation images become test images; the unlabelled ones under `test/` are passed over.
 */
import { LabError } from '../../core/errors.ts';
import type { Split } from '../types.ts';
import type { Fault } from './image-source.ts';
import type { Labelled, Labels, PathItem } from './labels.ts';
import { baseName, isImageName, sift } from './paths.ts';

/**
 * @param readText the contents of one of the items
 * @param container what holds them, for messages
 * @returns null where there is neither `wnids.txt` nor `train/<wnid>/`: then it is something else
 * @throws LabError 'file-format' (no training images), and what `readText` throws
 */
export async function labelTinyImageNet<T extends PathItem>(
  all: readonly T[],
  readText: (item: T) => Promise<string>,
  container: string,
): Promise<Labels<T> | null> {
  const { items, faults: known, ignored: leftovers } = sift(all);
  const root = findRoot(items);
  if (root === null) return null;
  const faults: Fault[] = [...known];
  let ignored = leftovers;
  const text = async (name: string): Promise<string | null> => {
    const item = items.find((candidate) => candidate.path === root + name);
    return item ? readText(item) : null;
  };
  const wnids = new Set(lines(await text('wnids.txt')));
  const words = new Map(lines(await text('words.txt')).map(splitOnce));
  const annotations = await text('val/val_annotations.txt');
  const labels = new Map(lines(annotations).map((line) => line.split('\t')).map((cells) => [cells[0]!, cells[1] ?? '']));

  const labelled: Labelled<T>[] = [];
  const label = (item: T, classId: string, split: Split): void => {
    labelled.push({ item, classId, split, imageName: baseName(item.path) });
  };
  const inside = items
    .filter(({ path }) => path.startsWith(root) && isImageName(path))
    .map((item) => ({ item, steps: item.path.slice(root.length).split('/') }));
  for (const { item, steps } of inside) {
    const [top, wnid] = steps;
    if (top !== 'train' || wnid === undefined || steps.length < 3) continue;
    if (wnids.size === 0 || wnids.has(wnid)) label(item, wnid, 'train');
    else faults.push({ name: item.name, reason: `its class ${wnid} is not in wnids.txt` });
  }
  const classIds = new Set(labelled.map(({ classId }) => classId));
  if (classIds.size === 0) {
    throw new LabError(
      'file-format',
      `${container}: Tiny-ImageNet without training images: wnids.txt is there, but nothing under ${root}train/.`,
      'Choose the whole archive, or one that has train/<class>/images/.',
    );
  }
  for (const { item, steps } of inside) {
    if (steps[0] === 'test') ignored++;
    if (steps[0] !== 'val') continue;
    // Some reorganise val/ into one folder a class, as train/ is.
    const inFolder = steps.length > 2 && classIds.has(steps[1]!) ? steps[1]! : null;
    const wnid = inFolder ?? labels.get(baseName(item.path));
    if (wnid !== undefined && classIds.has(wnid)) label(item, wnid, 'test');
    else if (wnid !== undefined) ignored++;
    else if (annotations === null) faults.push({ name: item.name, reason: 'validation images have no labels: val/val_annotations.txt not found' });
    else faults.push({ name: item.name, reason: 'it has no label in val/val_annotations.txt' });
  }
  const classes = [...classIds].sort().map((id) => ({ id, name: words.get(id) ?? id }));
  return {
    kind: 'tiny-imagenet',
    slug: 'tiny-imagenet',
    name: tinyImageNetName(classes.length),
    finalName: tinyImageNetName,
    classes,
    labelled,
    ignored,
    faults,
  };
}

export function tinyImageNetName(classCount: number): string {
  return classCount === 200 ? 'Tiny-ImageNet' : `Tiny-ImageNet (${classCount} classes)`;
}

/** The folder that holds wnids.txt or train/<wnid>/, the outermost where there are several; '' for the archive itself. */
function findRoot(items: readonly PathItem[]): string | null {
  let root: string | null = null;
  for (const { path } of items) {
    const found = baseName(path) === 'wnids.txt' ? path.slice(0, -'wnids.txt'.length) : /^(.*\/)?train\/n\d{8}\//.exec(path)?.slice(1).map((folder) => folder ?? '')[0];
    if (found !== undefined && (root === null || found.length < root.length)) root = found;
  }
  return root;
}

function lines(text: string | null): string[] {
  return (text ?? '').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('\t');
  return at < 0 ? [line, line] : [line.slice(0, at), line.slice(at + 1).trim()];
}
