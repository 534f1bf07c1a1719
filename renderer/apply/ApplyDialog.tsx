import type { ReactNode } from 'react';
import { applyView } from '../model/apply-session.ts';
import { useSnapshot, useWindow } from '../state/context.ts';
import './apply.css';
import { Cancelled } from './Cancelled.tsx';
import { Done } from './Done.tsx';
import { Failed } from './Failed.tsx';
import { Refused } from './Refused.tsx';
import { Review } from './Review.tsx';
import { Working } from './Working.tsx';

/** From the review of the containers to the measured confirmation, in one dialog. */
export function ApplyDialog(): ReactNode {
  const { engine } = useSnapshot();
  const session = useWindow((state) => state.session);
  if (session === null) return null;
  const view = applyView(session, engine);
  switch (view.kind) {
    case 'review':
      return <Review session={session} />;
    case 'working':
      return <Working session={session} moved={view.moved} />;
    case 'failed':
      return <Failed session={session} step={view.step} failure={view.failure} />;
    case 'refused':
      return <Refused failure={view.failure} />;
    case 'cancelled':
      return <Cancelled />;
    case 'done':
      return <Done session={session} verification={view.verification} />;
  }
}
