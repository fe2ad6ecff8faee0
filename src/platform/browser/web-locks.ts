import type { Locks } from '../../data/locks.ts';

/**
 * Locks across all tabs of the lab, by the Web Locks API. Where a page has none (served without TLS from another machine), work runs
 * at once: two tabs must then not import at the same time.
 */
export function webLocks(): Locks {
  // Typed as always there, which it is not in insecure contexts.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return { exclusive: (_name, work) => work(), tryExclusive: (_name, work) => work() };
  return {
    exclusive: async (name, work) => locks.request(name, work),
    tryExclusive: async (name, work) => locks.request(name, { ifAvailable: true }, async (lock) => (lock ? work() : null)),
  };
}
