/**
 * Labels from folders: one sub-folder a class, in a zip or dropped on the page, with or without `train/` and `val/` above.
 *
 * Without them some images of each class, in the order of their names, are held out for testing (`isHeldOut`).
 */
import type { Fault } from './image-source.ts';
import { isHeldOut, LabelledImages, type Labels, type PathList } from './labels.ts';
import { afterSteps, isImageName, sift, stepsOf } from './paths.ts';

/** Sorts files into classes and splits by their paths alone; null where no image lies in a folder. */
export function labelByFolders(paths: PathList): Labels | null {
  const sifted = sift(paths);
  const faults: Fault[] = [...sifted.faults];
  const files = sifted.files.filter((file) => isImageName(paths.path(file)));
  let ignored = sifted.ignored + sifted.files.length - files.length;

  const around = foldersAround(paths, files);
  const root = around.at(-1) ?? null;
  const depth = around.length;
  const inNoFolder = (file: number): void => void faults.push({ name: paths.name(file), reason: 'it is in no class folder' });
  const inFolders = files.filter((file) => {
    const isInFolder = stepsOf(paths.path(file)).length > depth + 1;
    if (!isInFolder) inNoFolder(file);
    return isInFolder;
  });

  const tops = new Map<string, 'train' | 'val' | 'test' | null>();
  for (const file of inFolders) {
    const top = stepsOf(paths.path(file))[depth]!;
    if (!tops.has(top)) tops.set(top, splitFolder(top));
  }
  const hasSplits = [...tops.values()].includes('train') && [...tops.values()].every((kind) => kind !== null);
  // With val/ and test/ both there, val/ is what is measured on, as for Tiny-ImageNet.
  const measured = [...tops.values()].includes('val') ? 'val' : 'test';
  const images = new LabelledImages(paths);
  for (const file of inFolders) {
    const path = paths.path(file);
    const steps = stepsOf(path);
    const kind = tops.get(steps[depth]!);
    if (!hasSplits) images.add(file, steps[depth]!, 'train', afterSteps(path, depth + 1));
    else if (kind !== 'train' && kind !== measured) ignored++;
    else if (steps.length < depth + 3) inNoFolder(file);
    else images.add(file, steps[depth + 1]!, kind === 'train' ? 'train' : 'test', afterSteps(path, depth + 2));
  }
  if (images.length === 0) return null;
  if (!hasSplits) holdSomeOut(images);
  const ids = images.classIds.toSorted();
  const name = root ?? 'Folder of images';
  return { kind: 'folder', slug: name, name, classes: ids.map((id) => ({ id, name: id.replaceAll('_', ' ') })), images, ignored, faults };
}

/** Folders around everything, as long as most images have a class folder below: one that lies beside them is a stray. */
function foldersAround(paths: PathList, files: Uint32Array): readonly string[] {
  let shared: string[] | null = null;
  /** How many images lie this many folders deep. */
  const atDepth: number[] = [];
  for (const file of files) {
    const folders = stepsOf(paths.path(file)).slice(0, -1);
    atDepth[folders.length] = (atDepth[folders.length] ?? 0) + 1;
    const known: readonly string[] = (shared ??= folders);
    const differs = known.findIndex((folder, k) => folders[k] !== folder);
    if (differs >= 0) shared = known.slice(0, differs);
  }
  let deeper = files.length - (atDepth[0] ?? 0);
  let depth = 0;
  for (const most = shared?.length ?? 0; depth < most; depth++) {
    deeper -= atDepth[depth + 1] ?? 0;
    if (deeper * 2 <= files.length) break;
  }
  return shared?.slice(0, depth) ?? [];
}

function splitFolder(name: string): 'train' | 'val' | 'test' | null {
  if (/^(train|training)$/i.test(name)) return 'train';
  if (/^(val|valid|validation)$/i.test(name)) return 'val';
  return /^(test|testing)$/i.test(name) ? 'test' : null;
}

/** Of each class some images, in the order of their names. */
function holdSomeOut(images: LabelledImages): void {
  const ofClass = new Map<number, number[]>();
  for (let k = 0; k < images.length; k++) {
    const list = ofClass.get(images.group(k)) ?? [];
    list.push(k);
    ofClass.set(images.group(k), list);
  }
  for (const list of ofClass.values()) {
    const named = list.map((k) => ({ k, name: images.imageName(k) })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const [place, { k }] of named.entries()) if (isHeldOut(place, list.length)) images.holdOut(k);
  }
}
