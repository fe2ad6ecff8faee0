/** The last resort: a fault of the page itself becomes words and a way on, not a blank screen. */
import { Component } from 'react';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly message: string | null;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { message: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <main className="page-fault" role="alert">
        <h1>{texts.fault.title}</h1>
        <p>{texts.fault.text}</p>
        <p className="muted">{this.state.message}</p>
        <button type="button" className="accent" onClick={() => location.reload()}>{texts.fault.reload}</button>
      </main>
    );
  }
}
