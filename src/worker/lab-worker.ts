import { expose } from 'comlink';
import { withPackedErrors } from '../core/error-transfer.ts';
import { fitPixels } from '../data/fit.ts';
import { ImageStore } from '../data/image-store.ts';
import { startBackend } from '../platform/browser/backend.ts';
import { fileSource } from '../platform/browser/file-source.ts';
import { idbBlobStore } from '../platform/browser/idb-blob-store.ts';
import { imageBitmapDecoder } from '../platform/browser/image-bitmap-decoder.ts';
import { askToPersist, storageQuota } from '../platform/browser/storage-quota.ts';
import { webLocks } from '../platform/browser/web-locks.ts';
import { DataDesk } from './data-desk.ts';
import { LabHost } from './lab-host.ts';

const store = idbBlobStore();
const decoder = imageBitmapDecoder(fitPixels);
const images = new ImageStore(store, webLocks());
const desk = new DataDesk({ images, decoder, fileSource, storageQuota, askToPersist });
expose(withPackedErrors(new LabHost({ store, decoder, desk, startBackend })));
