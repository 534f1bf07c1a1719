import { Component, type ReactNode } from 'react';
import { FullPageFailure } from './FullPageFailure.tsx';

interface State {
  readonly message: string | null;
}

/** The last resort: a mistake in the window is shown instead of leaving it blank. The engine is not touched by it. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { message: null };

  static getDerivedStateFromError(thrown: unknown): State {
    return { message: thrown instanceof Error ? thrown.message : String(thrown) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <FullPageFailure
        title="This window made a mistake"
        failure={{
          code: 'INTERNAL',
          message,
          remedy: 'The engine goes on as it was. Show the window again; if that does not help, restart Bulkhead.',
        }}
        action="Show the window again"
        onAction={() => this.setState({ message: null })}
      />
    );
  }
}
