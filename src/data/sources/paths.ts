/** What a file's path inside an archive or a dropped folder says about it. */
import type { Fault } from './image-source.ts';
import type { PathList } from './labels.ts';
import { PathSet } from './path-set.ts';

/** Why a path must not be used, or null. Nothing is ever written under these names, but a name that tries is no honest image's. */
export function pathFault(path: string): string | null {
  if (/^(\/|\\|[a-zA-Z]:)|(^|[/\\])\.\.([/\\]|$)/.test(path)) return 'its name leads outside the archive';
  return /[\x00-\x1f]/.test(path) ? 'its name holds control characters' : null;
}

/** What operating systems leave behind: resource forks, folder settings, thumbnails. */
export function isLeftover(path: string): boolean {
  const base = baseName(path);
  return /(^|\/)__MACOSX\//.test(path) || base.startsWith('._') || base === '.DS_Store' || /^(thumbs\.db|desktop\.ini)$/i.test(base);
}

export function isImageName(path: string): boolean {
  return /\.(jpe?g|png|webp|gif)$/i.test(path);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Folders and name, one after another, without those that lead nowhere. */
export function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/** Where in the path what comes after this many of its {@link stepsOf} begins. */
export function afterSteps(path: string, count: number): number {
  let at = 0;
  for (let seen = 0; seen < count; ) {
    const slash = path.indexOf('/', at);
    const step = path.slice(at, slash);
    if (step !== '' && step !== '.') seen++;
    at = slash + 1;
  }
  return at;
}

/** Parts honest files, given by number, from what must not be used and from what may be passed over without a word. */
export function sift(paths: PathList): { readonly files: Uint32Array; readonly ignored: number; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const files = new Uint32Array(paths.length);
  const known = new PathSet(paths);
  let kept = 0;
  let ignored = 0;
  for (let file = 0; file < paths.length; file++) {
    const path = paths.path(file);
    const fault = pathFault(path);
    if (fault !== null) faults.push({ name: paths.name(file), reason: fault });
    else if (isLeftover(path)) ignored++;
    else if (!known.add(file, path)) faults.push({ name: paths.name(file), reason: 'there is another file of this name' });
    else files[kept++] = file;
  }
  return { files: files.subarray(0, kept), ignored, faults };
}
