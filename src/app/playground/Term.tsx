/** A symbol of a formula that says what it is when it is pointed at or has the focus. */
import { useId, useRef } from 'react';
import { texts } from '../texts.ts';

export type TermId = keyof typeof texts.playground.terms;

export function Term({ id }: { readonly id: TermId }) {
  const popover = useRef<HTMLSpanElement>(null);
  const key = useId();
  const anchor = `--term-${key.replaceAll(/[^\w]/g, '')}`;
  const { symbol, name, text, source } = texts.playground.terms[id];
  const show = (): void => {
    if (popover.current?.isConnected && !popover.current.matches(':popover-open')) popover.current.showPopover();
  };
  const hide = (): void => popover.current?.hidePopover();
  return (
    <>
      <button
        type="button" className="math-term" aria-label={`${symbol} (${name})`} aria-describedby={key} style={{ anchorName: anchor }}
        onPointerEnter={show} onPointerLeave={hide} onFocus={show} onBlur={hide}
        onKeyDown={(event) => {
          if (event.key === 'Escape') hide();
        }}
      >
        {symbol}
      </button>
      <span ref={popover} id={key} role="tooltip" popover="manual" className="tooltip" style={{ positionAnchor: anchor }}>
        <b>{name}</b> {text} {source !== '' && <span className="muted">{source}</span>}
      </span>
    </>
  );
}
