import { freeBytes } from '../../core/free-bytes.ts';
import { LabError } from '../../core/errors.ts';
import type { ByteSource } from '../../data/types.ts';

/** A picked or dropped file, read slice by slice. @throws LabError 'file-damaged' where it changed or went away meanwhile */
export function fileSource(file: File): ByteSource {
  return {
    name: file.name,
    size: file.size,
    release: (bytes) => freeBytes(bytes as Uint8Array<ArrayBuffer>),
    async slice(start, end) {
      try {
        return new Uint8Array(await file.slice(start, end).arrayBuffer());
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        throw new LabError('file-damaged', `${file.name} can no longer be read: it was changed, moved or unplugged since it was chosen.`, 'Choose it again; a zip goes on where it stopped.', error);
      }
    },
  };
}
