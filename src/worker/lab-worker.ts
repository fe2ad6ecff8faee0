import { expose } from 'comlink';
import { withPackedErrors } from '../core/error-transfer.ts';
import { startBackend } from '../platform/browser/backend.ts';
import { IdbBlobStore } from '../platform/browser/idb-blob-store.ts';
import { ImageBitmapDecoder } from '../platform/browser/image-bitmap-decoder.ts';
import { DataDesk } from './data-desk.ts';
import { LabHost } from './lab-host.ts';

const store = new IdbBlobStore();
const decoder = new ImageBitmapDecoder();
expose(withPackedErrors(new LabHost({ store, decoder, desk: new DataDesk(store, decoder), startBackend })));
