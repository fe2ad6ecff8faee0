/** What a file's path inside an archive or a dropped folder says about it. */
import type { Fault } from './image-source.ts';
import type { PathItem } from './labels.ts';

/** Why a path must not be used, or null. Nothing is ever written under these names, but a name that tries is no honest image's. */
export function pathFault(path: string): string | null {
  if (/^(\/|\\|[a-zA-Z]:)/.test(path) || path.split(/[/\\]/).includes('..')) return 'its name leads outside the archive';
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

/** Parts honest files from what must not be used and from what may be passed over without a word. */
export function sift<T extends PathItem>(items: readonly T[]): { readonly items: readonly T[]; readonly ignored: number; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const kept = new Map<string, T>();
  let ignored = 0;
  for (const item of items) {
    const fault = pathFault(item.path);
    if (fault !== null) faults.push({ name: item.name, reason: fault });
    else if (isLeftover(item.path)) ignored++;
    else if (kept.has(item.path)) faults.push({ name: item.name, reason: 'there is another file of this name' });
    else kept.set(item.path, item);
  }
  return { items: [...kept.values()], ignored, faults };
}
