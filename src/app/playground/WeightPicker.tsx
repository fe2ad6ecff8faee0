/** Chooses the weight that is followed: by importance, by chance, or by layer and position. */
import { useId, useState } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { formatFine } from '../format.ts';
import { texts } from '../texts.ts';
import { indexOf, positionOf } from './update-parts.ts';

const t = texts.playground;

export function WeightPicker() {
  const lab = useLab();
  const id = useId();
  const watched = useApp((state) => state.lab.watched);
  const weight = watched?.weight ?? null;
  const last = useApp((state) => state.lab.updates.at(-1) ?? null);
  /** What is being typed; null: the weight's own position. */
  const [typed, setTyped] = useState<string | null>(null);
  if (!watched || !weight) return <p className="muted">{t.noWeight}</p>;
  const text = typed ?? positionOf(weight.index, weight.shape).join(', ');
  // What the weight was when it was chosen, until a step has moved it.
  const theta = last !== null && last.parameter === weight.parameter && last.index === weight.index ? last.thetaAfter : weight.theta;
  const wrong = indexOf(text, weight.shape) === null;
  const take = (): void => {
    const index = indexOf(text, weight.shape);
    if (index === null) return;
    setTyped(null);
    if (index !== weight.index) lab.watch({ kind: 'at', parameter: weight.parameter, index });
  };
  return (
    <div className="weight-picker">
      <div className="segmented" role="group" aria-label={t.weight}>
        <button type="button" onClick={() => lab.watch({ kind: 'important' })}>{t.important}</button>
        <button type="button" onClick={() => lab.watch({ kind: 'random' })}>{t.random}</button>
      </div>
      <label htmlFor={`${id}-layer`} className="visually-hidden">{t.layer}</label>
      <select id={`${id}-layer`} value={weight.parameter} onChange={(event) => lab.watch({ kind: 'at', parameter: event.target.value, index: 0 })}>
        {watched.parameters.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
      <label htmlFor={`${id}-position`} className="visually-hidden">{t.position}</label>
      <input
        id={`${id}-position`} type="text" value={text} aria-invalid={wrong || undefined} title={t.positionHelp[weight.shape.length]} aria-describedby={`${id}-note`}
        onChange={(event) => setTyped(event.target.value)} onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
        }}
      />
      <p id={`${id}-note`} className="card-hint">
        {wrong ? t.positionWrong(weight.shape.join('×')) : `${t.positionHelp[weight.shape.length] ?? ''} (${weight.shape.join('×')}) · θ ${formatFine(theta)}${weight.omega === null ? '' : ` · Ω ${formatFine(weight.omega)}`}`}
      </p>
    </div>
  );
}
