/** A modal sheet at the right; the browser keeps the focus inside and gives it back. */
import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';
import { Icon } from '../views/icons.tsx';

interface DrawerProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Drawer({ title, wide = false, children }: DrawerProps) {
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
      ref={dialog} className="drawer" data-wide={wide || undefined} aria-labelledby={id} onClose={close}
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
