/**
 * A slider over any {@link Scale}. The native range input inside holds the value itself (so that screen readers and scripts
 * read and set λ, not a position); what is seen and dragged follows the scale, which may be logarithmic.
 */
import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { formatNumber } from '../format.ts';
import type { Scale } from './scale.ts';

interface SliderProps {
  readonly label: string;
  readonly describedBy: string;
  readonly scale: Scale;
  readonly value: number;
  readonly disabled: boolean;
  readonly onChange: (value: number) => void;
}

const PAGE = 4;

export function Slider({ label, describedBy, scale, value, disabled, onChange }: SliderProps) {
  const track = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);

  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (!track.current) return;
    const { left, width } = track.current.getBoundingClientRect();
    const next = scale.at((event.clientX - left) / width);
    if (next !== value) onChange(next);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (disabled || event.button !== 0) return;
    // The input would take the pointer and move linearly.
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    input.current?.focus();
    drag(event);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const next = keyTarget(event.key, value, scale);
    if (next === null) return;
    event.preventDefault();
    if (next !== value) onChange(next);
  };

  return (
    <div className="slider" data-disabled={disabled || undefined} style={{ '--at': scale.position(value) }} onPointerDown={onPointerDown} onPointerMove={onPointerMove}>
      <div ref={track} className="slider-track"><i /></div>
      <input
        ref={input} type="range" aria-label={label} aria-describedby={describedBy} aria-valuetext={formatNumber(value)} min={scale.min} max={scale.max} step="any" value={value}
        disabled={disabled} onChange={(event) => onChange(Number(event.target.value))} onKeyDown={onKeyDown}
      />
      <div className="slider-thumb" />
    </div>
  );
}

function keyTarget(key: string, value: number, scale: Scale): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return scale.step(value, 1);
    case 'ArrowLeft':
    case 'ArrowDown':
      return scale.step(value, -1);
    case 'PageUp':
      return scale.step(value, PAGE);
    case 'PageDown':
      return scale.step(value, -PAGE);
    case 'Home':
      return scale.min;
    case 'End':
      return scale.max;
    default:
      return null;
  }
}
