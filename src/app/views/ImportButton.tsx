/** Picks files to import; dropping files or folders anywhere on the page does the same. */
import { useRef } from 'react';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';

export function ImportButton({ folder = false, label }: { readonly folder?: boolean; readonly label?: string }) {
  const lab = useLab();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}><Icon name="upload" />{label ?? (folder ? texts.data.importFolder : texts.settings.importData)}</button>
      <input
        ref={input} type="file" multiple hidden {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
          // The same file can be picked again after a failure.
          event.target.value = '';
          lab.takeFiles(files);
        }}
      />
    </>
  );
}
