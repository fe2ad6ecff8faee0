/** What the browser says of the lab's storage; null where it does not say. */
export interface StorageQuota {
  readonly usedBytes: number | null;
  readonly quotaBytes: number | null;
  /** The browser will not evict it when room runs out. */
  readonly persistent: boolean;
}

export async function storageQuota(): Promise<StorageQuota> {
  const storage = storageManager();
  if (!storage) return { usedBytes: null, quotaBytes: null, persistent: false };
  const [{ usage, quota }, persistent] = await Promise.all([storage.estimate(), storage.persisted()]);
  return { usedBytes: usage ?? null, quotaBytes: quota ?? null, persistent };
}

/** Asks the browser not to evict what is stored. Only a page may ask, not a worker; there it tells how things stand. */
export async function askToPersist(): Promise<boolean> {
  const storage = storageManager();
  if (!storage) return false;
  return 'persist' in storage ? storage.persist() : (storage as StorageManager).persisted();
}

/** Typed as always there, which it is not in insecure contexts. */
function storageManager(): StorageManager | undefined {
  return navigator.storage as StorageManager | undefined;
}
