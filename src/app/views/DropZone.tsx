/** The whole page takes dropped files and folders; while something hovers over it, it says what it takes. */
import { useEffect, useState } from 'react';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { droppedFiles } from './dropped-files.ts';

export function DropZone() {
  const lab = useLab();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    const options = { signal: abort.signal };
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    addEventListener('dragover', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    }, options);
    addEventListener('dragleave', (event) => {
      // Leaving an element inside the page is not leaving the page.
      if (event.relatedTarget === null) setOver(false);
    }, options);
    addEventListener('drop', (event) => {
      setOver(false);
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      droppedFiles(event.dataTransfer.items).then((files) => lab.takeFiles(files), (error: unknown) => lab.fail(error));
    }, options);
    return () => abort.abort();
  }, [lab]);
  return over ? (
    <div className="drop-zone" aria-hidden="true">
      <div>
        <b>{texts.data.dropTitle}</b>
        <p>{texts.data.dropHint}</p>
      </div>
    </div>
  ) : null;
}
