import { startBackend } from '../platform/browser/backend.ts';
import { idbBlobStore } from '../platform/browser/idb-blob-store.ts';
import { imageBitmapDecoder } from '../platform/browser/image-bitmap-decoder.ts';
import { forgetSavedFiles } from '../platform/browser/outgoing-files.ts';
import { askToPersist, storageQuota } from '../platform/browser/storage-quota.ts';
import { webLocks } from '../platform/browser/web-locks.ts';
import { exposeLab } from './expose-lab.ts';
import { LabHost } from './lab-host.ts';

exposeLab(new LabHost({
  blobs: idbBlobStore(),
  locks: webLocks(),
  createDecoder: imageBitmapDecoder,
  storageState: storageQuota,
  askToPersist,
  startBackend,
}));
void forgetSavedFiles();
