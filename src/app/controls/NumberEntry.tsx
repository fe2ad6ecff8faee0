/** Exact entry of a number: free typing, taken on Enter or on leaving the field, refused in words where it is out of range. */
import { useId, useState } from 'react';
import type { NumberSetting } from '../../core/settings.ts';
import { formatExact } from '../format.ts';
import { readNumber } from '../read-number.ts';
import { texts } from '../texts.ts';

interface NumberEntryProps {
  readonly setting: NumberSetting;
  readonly label: string;
  readonly value: number;
  readonly disabled: boolean;
  readonly describedBy?: string;
  readonly onChange: (value: number) => void;
}

export function NumberEntry({ setting, label, value, disabled, describedBy, onChange }: NumberEntryProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const errorId = useId();
  const invalid = draft !== null && parse(draft, setting) === null;

  const take = (): void => {
    if (draft === null) return;
    const parsed = parse(draft, setting);
    if (parsed === null) return;
    setDraft(null);
    if (parsed !== value) onChange(parsed);
  };

  return (
    <span className="entry">
      <input
        type="text" inputMode={setting.integer ? 'numeric' : 'decimal'} aria-label={label} value={draft ?? formatExact(value)} disabled={disabled}
        aria-invalid={invalid || undefined} aria-describedby={invalid ? errorId : describedBy} spellCheck={false} autoComplete="off"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => (invalid ? setDraft(null) : take())}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
          if (event.key === 'Escape') setDraft(null);
        }}
      />
      {invalid && <span id={errorId} role="alert" className="entry-error">{texts.settings.outOfRange(setting.label, setting.min, setting.max, setting.integer)}</span>}
    </span>
  );
}

function parse(text: string, setting: NumberSetting): number | null {
  const value = readNumber(text);
  const fits = Number.isFinite(value) && value >= setting.min && value <= setting.max && (!setting.integer || Number.isInteger(value));
  return fits ? value : null;
}
