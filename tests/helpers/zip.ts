import { BlobReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';

/** The files of a zip by path, CRCs checked, read by another program than the one that wrote it. */
export async function openZip(bytes: Uint8Array<ArrayBuffer>): Promise<Map<string, Uint8Array>> {
  const reader = new ZipReader(new BlobReader(new Blob([bytes])), { checkSignature: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of await reader.getEntries()) {
    if (!entry.directory) files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
  }
  await reader.close();
  return files;
}
