import type { ReactNode } from 'react';
import type { Failure } from '../../shared/contract/result.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { Mark } from '../ui/icons.tsx';
import './full-page.css';

interface FullPageFailureProps {
  readonly title: string;
  readonly failure: Failure;
  readonly action: string;
  readonly onAction: () => void;
}

/** For when there is nothing else to show. */
export function FullPageFailure({ title, failure, action, onAction }: FullPageFailureProps): ReactNode {
  return (
    <main className="full-page">
      <Mark />
      <h1>{title}</h1>
      <FailureNote failure={failure} />
      <Button look="primary" onPress={onAction}>
        {action}
      </Button>
    </main>
  );
}
