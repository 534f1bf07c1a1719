import type { ReactNode } from 'react';
import type { Failure } from '../../shared/contract/result.ts';
import './failure-note.css';
import { AlertIcon } from './icons.tsx';

/** What happened and what to do next, announced when it appears; nothing while there is no failure. */
export function FailureNote({ failure }: { readonly failure: Failure | null }): ReactNode {
  if (failure === null) return null;
  return (
    <div className="failure-note" role="alert">
      <AlertIcon />
      <div>
        <p className="failure-note__message">{failure.message}</p>
        <p>{failure.remedy}</p>
      </div>
    </div>
  );
}
