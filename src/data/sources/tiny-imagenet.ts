/**
 * Labels of Tiny-ImageNet in its original layout, or any subset of it: `wnids.txt`, `words.txt`, `train/<wnid>/images/*`, `val/images/*`
 * with `val/val_annotations.txt`. Validation images become test images; the unlabelled ones under `test/` are passed over.
 */
import { LabError } from '../../core/errors.ts';
import type { Split } from '../types.ts';
import type { Fault } from './image-source.ts';
import { LabelledImages, type Labels, type PathList } from './labels.ts';
import { baseName, isImageName, sift } from './paths.ts';

/**
 * @param readText the contents of one of the files
 * @param container what holds them, for messages
 * @returns null where there is neither `wnids.txt` nor `train/<wnid>/`: then it is something else
 * @throws LabError 'file-format' (no training images), and what `readText` throws
 */
export async function labelTinyImageNet(paths: PathList, readText: (file: number) => Promise<string>, container: string): Promise<Labels | null> {
  const { files, faults: known, ignored: leftovers } = sift(paths);
  const root = findRoot(paths, files);
  if (root === null) return null;
  const faults: Fault[] = [...known];
  let ignored = leftovers;
  const text = async (name: string): Promise<string | null> => {
    const file = files.find((candidate) => paths.path(candidate) === root + name);
    return file === undefined ? null : readText(file);
  };
  const wnids = new Set(lines(await text('wnids.txt')));
  const words = new Map(lines(await text('words.txt')).map(splitOnce));
  const annotations = await text('val/val_annotations.txt');
  const labels = new Map(lines(annotations).map((line) => line.split('\t')).map((cells) => [cells[0]!, cells[1] ?? '']));

  const images = new LabelledImages(paths);
  const label = (file: number, path: string, wnid: string, split: Split): void => images.add(file, wnid, split, path.lastIndexOf('/') + 1);
  const inside = files.filter((file) => paths.path(file).startsWith(root) && isImageName(paths.path(file)));
  for (const file of inside) {
    const path = paths.path(file);
    const [top, wnid, more] = path.slice(root.length).split('/', 3);
    if (top !== 'train' || wnid === undefined || more === undefined) continue;
    if (wnids.size === 0 || wnids.has(wnid)) label(file, path, wnid, 'train');
    else faults.push({ name: paths.name(file), reason: `its class ${wnid} is not in wnids.txt` });
  }
  const classIds = new Set(images.classIds);
  if (classIds.size === 0) {
    throw new LabError(
      'file-format',
      `${container}: Tiny-ImageNet without training images: wnids.txt is there, but nothing under ${root}train/.`,
      'Choose the whole archive, or one that has train/<class>/images/.',
    );
  }
  for (const file of inside) {
    const path = paths.path(file);
    const [top, folder, more] = path.slice(root.length).split('/', 3);
    if (top === 'test') ignored++;
    if (top !== 'val') continue;
    // Some reorganise val/ into one folder a class, as train/ is.
    const inFolder = more !== undefined && classIds.has(folder!) ? folder : undefined;
    const wnid = inFolder ?? labels.get(baseName(path));
    if (wnid !== undefined && classIds.has(wnid)) label(file, path, wnid, 'test');
    else if (wnid !== undefined) ignored++;
    else if (annotations === null) faults.push({ name: paths.name(file), reason: 'validation images have no labels: val/val_annotations.txt not found' });
    else faults.push({ name: paths.name(file), reason: 'it has no label in val/val_annotations.txt' });
  }
  const classes = [...classIds].sort().map((id) => ({ id, name: words.get(id) ?? id }));
  return {
    kind: 'tiny-imagenet',
    slug: 'tiny-imagenet',
    name: tinyImageNetName(classes.length),
    finalName: tinyImageNetName,
    classes,
    images,
    ignored,
    faults,
  };
}

export function tinyImageNetName(classCount: number): string {
  return classCount === 200 ? 'Tiny-ImageNet' : `Tiny-ImageNet (${classCount} classes)`;
}

/** The folder that holds wnids.txt or train/<wnid>/, the outermost where there are several; '' for the archive itself. */
function findRoot(paths: PathList, files: Uint32Array): string | null {
  let root: string | null = null;
  for (const file of files) {
    const path = paths.path(file);
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
