/** What later classes took of a task's test images. Pure. */
import type { Claims, ClassPlace } from '../../core/task-report.ts';

export interface TakeOver {
  readonly images: number;
  /** Images that a class of a later task wins. */
  readonly lost: number;
  /** The later class that wins most; null where none wins any. */
  readonly taker: (ClassPlace & { readonly count: number }) | null;
}

export function takeOver(claims: readonly Claims[], task: number): TakeOver {
  const later = new Map<string, ClassPlace & { readonly count: number }>();
  let images = 0;
  for (const { task: owner, class: place, count } of claims.flat()) {
    images += count;
    if (owner <= task) continue;
    const key = `${owner}/${place}`;
    later.set(key, { task: owner, class: place, count: (later.get(key)?.count ?? 0) + count });
  }
  const ordered = [...later.values()].sort((a, b) => b.count - a.count);
  return { images, lost: ordered.reduce((sum, { count }) => sum + count, 0), taker: ordered[0] ?? null };
}
