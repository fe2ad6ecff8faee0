/** How many seeds to train with, counted from the one in the controls. */
import { useId } from 'react';
import { formatExact } from '../../format.ts';
import { useApp, useLab } from '../../lab-context.ts';
import { texts } from '../../texts.ts';

const t = texts.compare;

export function SeedsField({ wrong }: { readonly wrong: boolean }) {
  const lab = useLab();
  const id = useId();
  const value = useApp((state) => state.comparing.draft.seeds);
  const first = useApp((state) => state.form.seed);
  return (
    <div className="count-field">
      <label htmlFor={id}>{t.seeds}</label>
      <input
        id={id} type="text" inputMode="numeric" autoComplete="off" value={value} aria-invalid={wrong || undefined} aria-describedby={`${id}-from`}
        onChange={(event) => lab.research.fillIn({ seeds: event.target.value })}
      />
      <span id={`${id}-from`} className="muted">{t.seedsFrom(formatExact(first))}</span>
    </div>
  );
}
