import { useEffect, type ReactNode } from 'react';
import { applyPlan } from '../model/apply-plan.ts';
import { pendingChanges } from '../model/changes.ts';
import { useActions, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import './footer.css';

/** Says what Apply will do before it is pressed. */
export function Footer(): ReactNode {
  const { apply, discardDraft, listContainers } = useActions();
  const { settings, engine } = useSnapshot();
  const draft = useWindow((state) => state.draft);
  const saved = useWindow((state) => state.saved);
  const containers = useWindow((state) => state.containers);
  const reviewing = useWindow((state) => state.session !== null);
  const { pending, failure } = useTask('apply');

  const changes = pendingChanges(settings, draft);
  const running = containers?.filter((container) => container.running).length ?? null;
  const plan = applyPlan(changes, engine.state, running);
  const listing = plan.restarts && engine.state.kind === 'running';

  // Containers come and go in a terminal, that is, while this window does not have the focus.
  useEffect(() => {
    if (!listing) return undefined;
    const list = (): void => void listContainers();
    list();
    window.addEventListener('focus', list);
    return () => window.removeEventListener('focus', list);
  }, [listing, listContainers]);

  return (
    <section className="footer" aria-label="Apply changes">
      <output className="footer__plan" id="apply-plan">
        {saved && changes.length === 0 ? 'Saved' : plan.text}
      </output>
      <Button disabled={changes.length === 0 || pending} onPress={discardDraft}>
        Cancel
      </Button>
      <Button
        look="primary"
        disabled={!plan.enabled}
        pending={pending && !reviewing}
        describedBy="apply-plan"
        onPress={() => void apply()}
      >
        {plan.action}
      </Button>
      {!reviewing && <FailureNote failure={failure} />}
    </section>
  );
}
