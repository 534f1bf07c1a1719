import type { ReactNode } from 'react';
import { stepAnnouncement, type StepLine } from '../model/steps.ts';
import { CheckIcon, CrossIcon, DashIcon, Spinner } from './icons.tsx';
import './step-list.css';

const STATUS_WORDS: Readonly<Record<StepLine['status'], string>> = {
  waiting: 'waiting',
  notReached: 'not reached',
  running: 'under way',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

function StatusIcon({ status }: Pick<StepLine, 'status'>): ReactNode {
  switch (status) {
    case 'running':
      return <Spinner />;
    case 'done':
      return <CheckIcon />;
    case 'failed':
      return <CrossIcon />;
    case 'cancelled':
      return <DashIcon />;
    case 'waiting':
    case 'notReached':
      return <span className="steps__dot" />;
  }
}

/** The steps of an operation with their times. Only the change from step to step is announced, never the ticking. */
export function StepList({ lines }: { readonly lines: readonly StepLine[] }): ReactNode {
  return (
    <>
      <output className="visually-hidden">{stepAnnouncement(lines)}</output>
      <ol className="steps">
        {lines.map(({ id, step, label, status, detail, elapsed }) => (
          <li key={id} className={`steps__line steps__line--${status}`} data-step={step} data-status={status}>
            <span className="steps__icon">
              <StatusIcon status={status} />
            </span>
            <span className="steps__label">
              {label}
              <span className="visually-hidden">, {STATUS_WORDS[status]}</span>
            </span>
            <span className="steps__elapsed">{elapsed ?? (status === 'notReached' ? 'not reached' : '')}</span>
            {detail !== null && <span className="steps__detail">{detail}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}
