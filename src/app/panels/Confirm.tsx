/** A button for what cannot be undone: it asks once, in place. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';

interface ConfirmProps {
  readonly label: string;
  readonly question: string;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
  readonly children: ReactNode;
}

export function Confirm({ label, question, disabled = false, onConfirm, children }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  if (!asking) return <button type="button" className="quiet icon-only" aria-label={label} title={label} disabled={disabled} onClick={() => setAsking(true)}>{children}</button>;
  return (
    <span className="confirm" role="group" aria-label={question}>
      <span>{question}</span>
      <button
        type="button" className="danger small" autoFocus
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {label}
      </button>
      <button type="button" className="small" onClick={() => setAsking(false)}>{texts.keep}</button>
    </span>
  );
}
