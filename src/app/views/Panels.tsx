/** What opens over the page, in a chunk of its own. */
import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from './icons.tsx';

export function Panels() {
  const panel = useApp((state) => state.panel);
  switch (panel.kind) {
    case 'none':
      return null;
    case 'task':
      return <Drawer title={texts.task(panel.task)}><p /></Drawer>;
    case 'runs':
      return <Drawer title={texts.nav.runs}><p /></Drawer>;
    case 'data':
      return <Drawer title={texts.nav.data}><p /></Drawer>;
    case 'help':
      return <Drawer title={texts.nav.help}><p /></Drawer>;
  }
}

/** A modal sheet at the right; the browser keeps the focus inside and gives it back. */
function Drawer({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const lab = useLab();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);
  const close = (): void => lab.openPanel({ kind: 'none' });
  return (
    <dialog
      ref={dialog} className="drawer" aria-labelledby={id} onClose={close}
      onClick={(event) => {
        // The backdrop belongs to the dialog; a click on it closes.
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="drawer-body">
        <header className="drawer-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="quiet icon-only" aria-label={texts.close} onClick={close}><Icon name="close" /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
