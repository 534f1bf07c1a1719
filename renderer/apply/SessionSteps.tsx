import type { ReactNode } from 'react';
import type { ApplySession } from '../model/apply-session.ts';
import { stepLines } from '../model/steps.ts';
import { useSnapshot } from '../state/context.ts';
import { StepList } from '../ui/StepList.tsx';
import { useNow } from '../ui/use-now.ts';

interface SessionStepsProps {
  readonly session: ApplySession;
  /** The engine's steps belong to this session; before that they are those of an earlier operation. */
  readonly moved: boolean;
  readonly over: boolean;
}

export function SessionSteps({ session, moved, over }: SessionStepsProps): ReactNode {
  const { engine } = useSnapshot();
  const now = useNow(!over, 250);
  return <StepList lines={stepLines(session.submission?.planned ?? [], moved ? engine.steps : [], now, over)} />;
}
