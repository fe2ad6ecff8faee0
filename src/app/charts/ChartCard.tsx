/** The frame that all charts share: a named region with a heading, a hint, tools at the right, and the chart or its table. */
import { useId } from 'react';
import type { ReactNode } from 'react';

interface ChartCardProps {
  readonly title: string;
  readonly hint: string;
  readonly className?: string;
  readonly tools?: ReactNode;
  /** Name by which the tour finds it. */
  readonly tour?: string;
  /** Name by which a link finds it. */
  readonly anchor?: string;
  readonly children: ReactNode;
}

export function ChartCard({ title, hint, className, tools, tour, anchor, children }: ChartCardProps) {
  const id = useId();
  return (
    <section className={`card ${className ?? ''}`} aria-labelledby={id} id={anchor} data-tour={tour}>
      <header className="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          <p className="card-hint">{hint}</p>
        </div>
        {tools !== undefined && <div className="card-tools">{tools}</div>}
      </header>
      {children}
    </section>
  );
}
