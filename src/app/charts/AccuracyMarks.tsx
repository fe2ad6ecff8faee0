/** On a track from 0 to 100 %: a ring at an accuracy right after learning, a dot at the one now, and a bar between. */

/** The bar is clipped and the dot moved, rather than laid out anew at every evaluation. */
export function AccuracyMarks({ learned, now }: { readonly learned: number; readonly now: number }) {
  return (
    <>
      <i className="dumbbell-bar" style={{ clipPath: `inset(0 ${(1 - Math.max(learned, now)) * 100}% 0 ${Math.min(learned, now) * 100}% round 2px)` }} />
      <i className="dumbbell-ring" style={{ left: `${learned * 100}%` }} />
      <i className="dumbbell-now" style={{ translate: `${now * 100}%` }} />
    </>
  );
}
