/** Three stops on the first visit: the button, the curve, the slider. Offered once, skippable, by keyboard too. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useApp, useLab } from '../lab-context.ts';
import { texts } from '../texts.ts';

const t = texts.tour;
const GAP = 12;
const CARD_WIDTH = 300;
const CARD_HEIGHT = 190;

export function Tour() {
  const lab = useLab();
  const at = useApp((state) => state.tour);
  const stop = at === null ? undefined : t.stops[at];
  const [box, setBox] = useState<DOMRect | null>(null);
  const card = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!stop) return undefined;
    const target = document.querySelector(stop.target);
    target?.scrollIntoView({ block: 'center' });
    const measure = (): void => setBox(target?.getBoundingClientRect() ?? null);
    measure();
    addEventListener('resize', measure);
    addEventListener('scroll', measure, { capture: true, passive: true });
    return () => {
      removeEventListener('resize', measure);
      removeEventListener('scroll', measure, { capture: true });
    };
  }, [stop]);
  useEffect(() => {
    if (stop) card.current?.focus();
  }, [stop]);

  if (at === null || !stop || !box) return null;
  const last = at === t.stops.length - 1;
  return (
    <>
      <div className="tour-ring" style={{ left: box.left - 6, top: box.top - 6, width: box.width + 12, height: box.height + 12 }} />
      <div
        ref={card} className="tour-card" role="dialog" aria-label={t.title} tabIndex={-1} style={place(box)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') lab.tourTo(null);
        }}
      >
        <b>{stop.title}</b>
        <p>{stop.text}</p>
        <div className="tour-buttons">
          <span className="muted">{t.of(at + 1, t.stops.length)}</span>
          {!last && <button type="button" className="quiet" onClick={() => lab.tourTo(null)}>{t.skip}</button>}
          {at > 0 && <button type="button" onClick={() => lab.tourTo(at - 1)}>{t.back}</button>}
          <button type="button" className="accent" onClick={() => lab.tourTo(last ? null : at + 1)}>{last ? t.end : t.next}</button>
        </div>
      </div>
    </>
  );
}

/** Beside the target where there is room, else below or above it; always on screen. */
function place(box: DOMRect): { left: number; top: number } {
  const { innerWidth: width, innerHeight: height } = window;
  const clampX = (x: number): number => Math.max(GAP, Math.min(width - CARD_WIDTH - GAP, x));
  const clampY = (y: number): number => Math.max(GAP, Math.min(height - CARD_HEIGHT - GAP, y));
  if (box.left > CARD_WIDTH + 2 * GAP) return { left: box.left - CARD_WIDTH - 2 * GAP, top: clampY(box.top) };
  if (box.bottom + CARD_HEIGHT + GAP < height) return { left: clampX(box.left), top: box.bottom + GAP };
  return { left: clampX(box.left + 40), top: clampY(box.top - CARD_HEIGHT - GAP) };
}
