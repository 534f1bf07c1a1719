import type { ReactNode } from 'react';
import { plural } from '../model/plural.ts';
import { useActions, useSnapshot, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { AlertIcon } from '../ui/icons.tsx';
import { PolicyProblems } from './PolicyProblems.tsx';
import './policy-error.css';

/** More of them would leave no room for the page below; the Policy tab has them all. */
const MOST_ABOVE_A_PAGE = 2;

/** An administrator's file that cannot be obeyed: what is wrong with it, where, and what has to happen. */
export function PolicyError(): ReactNode {
  const { showTab } = useActions();
  const { policy } = useSnapshot();
  const isOnPolicyTab = useWindow(({ page, tab, query }) => page === 'settings' && tab === 'policy' && query === '');
  if (policy.kind !== 'invalid') return null;
  const { problems } = policy;
  const shown = isOnPolicyTab ? [] : problems.slice(0, MOST_ABOVE_A_PAGE);
  const left = problems.length - shown.length;
  return (
    <section className="policy-error" role="alert" aria-labelledby="policy-error-title">
      <AlertIcon />
      <div className="policy-error__text">
        <h2 id="policy-error-title">The administrator’s policy is not valid, so the engine stays stopped.</h2>
        <p className="dim">
          {plural(problems.length, 'problem')}. Until the file is right, Bulkhead cannot know what it demands, and
          nothing runs.
        </p>
        <PolicyProblems problems={shown} />
        {left > 0 && !isOnPolicyTab && (
          <p>
            <Button look="link" onPress={() => showTab('policy')}>
              {`Show ${left} more`}
            </Button>
          </p>
        )}
        <p>
          <strong>What to do:</strong> ask your administrator to correct the file, then quit Bulkhead and start it
          again. The file is read once, when Bulkhead starts.
        </p>
      </div>
    </section>
  );
}
