import type { ReactNode } from 'react';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { ShieldIcon } from '../ui/icons.tsx';
import './introduction.css';

/** What Bulkhead is for, to those who open it for the first time. */
export function Introduction(): ReactNode {
  const { dismissIntroduction } = useActions();
  const { showIntroduction } = useSnapshot();
  const { pending, failure } = useTask('dismissIntroduction');
  if (!showIntroduction) return null;
  return (
    <section className="introduction" aria-labelledby="introduction-title">
      <ShieldIcon />
      <div>
        <h2 id="introduction-title">What Enhanced Container Isolation does</h2>
        <ul>
          <li>Root in a container is an ordinary user in the VM, in privileged containers too.</li>
          <li>Containers can’t change how the engine runs, and get the Docker socket only where that is allowed.</li>
          <li>Images and commands stay as they are. Bulkhead shows what it measured in a container.</li>
        </ul>
        <FailureNote failure={failure} />
      </div>
      <Button
        look="quiet"
        label="Dismiss the introduction"
        pending={pending}
        onPress={() => void dismissIntroduction()}
      >
        Dismiss
      </Button>
    </section>
  );
}
